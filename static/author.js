/** Who writes, by his own word, the same in each form of the window. Sessions will know it; then it is filled here alone. */

const KEY = 'groundstation.author';

/** @returns {string} */
export function author() {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch (error) {
    if (error instanceof DOMException) return '';
    throw error;
  }
}

/** @param {string} name */
export function setAuthor(name) {
  try {
    sessionStorage.setItem(KEY, name);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
