/** The page's two languages, complete, and which one is on. */

import { announce } from './state.js';
import { checkEnglish } from './words-check-en.js';
import { checkFrench } from './words-check-fr.js';
import { english } from './words-en.js';
import { french } from './words-fr.js';
import { logEnglish } from './words-log-en.js';
import { logFrench } from './words-log-fr.js';
import { lookoutsEnglish } from './words-lookouts-en.js';
import { lookoutsFrench } from './words-lookouts-fr.js';
import { mapsEnglish } from './words-maps-en.js';
import { mapsFrench } from './words-maps-fr.js';
import { sessionEnglish } from './words-session-en.js';
import { sessionFrench } from './words-session-fr.js';
import { timeEnglish } from './words-time-en.js';
import { timeFrench } from './words-time-fr.js';
import { kept, keep } from './kept.js';

/** @typedef {'fr'|'en'} Language */

const dictionaries = {
  fr: { ...french, ...checkFrench, ...logFrench, ...lookoutsFrench, ...mapsFrench, ...sessionFrench, ...timeFrench },
  en: { ...english, ...checkEnglish, ...logEnglish, ...lookoutsEnglish, ...mapsEnglish, ...sessionEnglish, ...timeEnglish },
};

/**
 * Words of one page alone, which others need not load.
 * @param {Record<Language, Record<string, string>>} more
 */
export function addWords(more) {
  for (const [name, words] of Object.entries(more)) Object.assign(dictionaries[name], words);
}

/** @type {Language} */
let chosen = first();

/** @returns {Language} what was chosen before, else the browser's language, else French */
function first() {
  const wanted = [kept('language'), ...navigator.languages.map((name) => name.slice(0, 2))];
  return wanted.find((name) => name === 'fr' || name === 'en') ?? 'fr';
}

/** @returns {Language} */
export const language = () => chosen;

/**
 * @param {Language} name
 */
export function setLanguage(name) {
  chosen = name;
  keep('language', name);
  translate(document.documentElement);
  announce(new Set(['language']));
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values] put in place of `{name}`
 * @returns {string}
 */
export function word(key, values = {}) {
  const text = dictionaries[chosen][key];
  if (text === undefined) throw new Error(`no word for ${key} in ${chosen}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A cause that the station names by a code; one that this page does not know is shown as it came.
 * @param {string} code
 */
export function cause(code) {
  return known('cause', code);
}

/**
 * A code of a kind, in words; one that this page does not know is shown as it came.
 * @param {string} kind
 * @param {string} code
 */
export function known(kind, code) {
  const key = `${kind}_${code}`;
  return key in dictionaries[chosen] ? word(key) : code.replaceAll('_', ' ');
}

/**
 * Fills every element that names its word: `data-word` its text, `data-label` its name for the screen reader.
 * @param {HTMLElement} root
 */
export function translate(root) {
  document.documentElement.lang = chosen;
  for (const element of root.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  for (const element of root.querySelectorAll('[data-label]')) {
    const label = word(element.dataset.label);
    element.setAttribute('aria-label', label);
    if (element.matches('button')) element.title = label;
  }
}
