/** Keys and ways out that parts of the page bring along; keys.js asks here. */

/** @type {Map<string, {key: string, act: () => void}>} lower case letter -> word of the list, and what it does */
const keys = new Map();
/** @type {(() => boolean)[]} the newest is asked first */
const escapes = [];

/**
 * @param {string} letter lower case
 * @param {string} key word that says what it does
 * @param {() => void} act
 */
export function joinKey(letter, key, act) {
  keys.set(letter, { key, act });
}

/** @param {() => boolean} close says whether there was something to close */
export function joinEscape(close) {
  escapes.unshift(close);
}

/** @returns {boolean} the key was somebody's */
export function actOn(letter) {
  keys.get(letter)?.act();
  return keys.has(letter);
}

export const escapeOne = () => escapes.some((close) => close());

/** @returns {[string, string][]} for the list of keys */
export const joinedKeys = () => [...keys].map(([letter, { key }]) => [letter.toUpperCase(), key]);
