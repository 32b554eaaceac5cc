/** Choices of the reader that outlive the page: language, theme, keys. Never a figure, never a picture. */

const PREFIX = 'groundstation.';

/**
 * @param {string} name
 * @returns {string|null} null also where the browser keeps nothing
 */
export function kept(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
