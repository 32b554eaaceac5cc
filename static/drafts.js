/** What was typed and not kept by the station yet: it outlives a reload and a session's end, and goes with the window. */

const PREFIX = 'groundstation.draft.';

/** @param {string} name @returns {object|null} */
export function draft(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name));
  } catch (error) {
    if (error instanceof DOMException || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @param {string} name @param {object|null} value null forgets it */
export function keepDraft(name, value) {
  try {
    if (value) sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
    else sessionStorage.removeItem(PREFIX + name);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Of a draft: sent twice it is written once. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
