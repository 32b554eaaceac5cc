/** Who writes, the same in each form of the window: whoever has signed in; by his own word where nobody has. */

import { session, watchSession } from './sessionapi.js';

const KEY = 'groundstation.author';

/** @returns {string} */
export function author() {
  return signedName() || typedName();
}

/** @returns {string} of whoever has signed in; '' where the session opened by itself, or the station has not said */
const signedName = () => (session()?.by_itself ? '' : (session()?.name ?? ''));

/**
 * Keeps the name of whoever has signed in in a field, where it cannot be changed: the station takes no other.
 * @param {HTMLInputElement} field
 */
export function signField(field) {
  const sign = () => {
    // while a session has ended, the name of before stays fixed
    if (!session()?.name) return;
    field.readOnly = Boolean(signedName());
    if (field.readOnly) field.value = signedName();
  };
  watchSession(sign);
  sign();
}

/** @returns {string} */
function typedName() {
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
