/** Day and night. The palette lives in palette.css; canvases read it here. */

import { announce } from './state.js';
import { kept, keep } from './kept.js';

/** @typedef {'day'|'night'} Theme */
/**
 * @typedef {object} Palette
 * @property {string[]} fills of the five levels
 * @property {string[]} inks on them
 * @property {string} ground
 * @property {string} off outside the order
 * @property {string} ink
 * @property {string} ink2
 * @property {string} edge
 * @property {string} control
 * @property {string} hatch
 * @property {string} halo
 */

/** System fonts, for canvases; palette.css has the same for the page. */
export const FONTS = '"Segoe UI", Roboto, "SF Pro Text", Ubuntu, "Noto Sans", "DejaVu Sans Condensed", sans-serif';

const root = document.documentElement;
const wishesNight = matchMedia('(prefers-color-scheme: dark)');

/** @type {Palette|null} */
let read = null;

/** @returns {Theme} */
export const theme = () => (root.dataset.theme === 'night' ? 'night' : 'day');

/** Shows what was chosen before, else what the system asks for, and follows the system until something is chosen. */
export function startTheme() {
  const chosen = kept('theme');
  show(chosen === 'day' || chosen === 'night' ? chosen : wished());
  wishesNight.addEventListener('change', () => kept('theme') ?? show(wished()));
}

export function switchTheme() {
  const next = theme() === 'night' ? 'day' : 'night';
  keep('theme', next);
  show(next);
}

/** @returns {Theme} */
const wished = () => (wishesNight.matches ? 'night' : 'day');

/**
 * @param {Theme} name
 */
function show(name) {
  root.dataset.theme = name;
  read = null;
  announce(new Set(['theme']));
}

/** @returns {Palette} */
export function palette() {
  read ??= readPalette();
  return read;
}

/** @returns {Palette} */
function readPalette() {
  const style = getComputedStyle(root);
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  const five = (name) => [0, 1, 2, 3, 4].map((level) => value(`${name}-${level}`));
  const greys = Object.fromEntries(['ground', 'off', 'ink', 'ink2', 'edge', 'control', 'hatch', 'halo'].map((name) => [name, value(name)]));
  return { fills: five('level'), inks: five('level-ink'), ...greys };
}
