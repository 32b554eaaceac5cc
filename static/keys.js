/** The keyboard. Single keys can be switched off (WCAG 2.1.4); Escape and the arrows on the focused map always work. */

import { summary } from './cellwords.js';
import { byId, el, setText } from './dom.js';
import { closeInspector } from './inspector.js';
import { kept, keep } from './kept.js';
import { actOn, escapeOne, joinedKeys } from './shortcuts.js';
import { current, update, watch } from './state.js';
import { showTable, tableIsOpen } from './table.js';
import { switchTheme } from './theme.js';
import { word } from './words.js';

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Keys and the word that says what they do; for the list. */
const LIST = [
  ['← ↑ → ↓', 'keys_move'],
  ['+  −', 'keys_zoom'],
  ['[  ]', 'keys_cells'],
  ['Enter', 'keys_enter'],
  ['T', 'keys_theme'],
  ['?', 'keys_help'],
  ['Esc', 'keys_escape'],
  ['Tab', 'keys_tab'],
];

/** Single keys of other parts of the page. @type {Record<string, () => void>} */
const others = {};

/**
 * @param {Record<string, () => void>} actions by key, in small letters
 * @param {[string, string][]} rows of the list: keys, and the word that says what they do
 */
export function addKeys(actions, rows) {
  Object.assign(others, actions);
  LIST.splice(-3, 0, ...rows);
}

/** @param {import('./map.js').DensityMap} map */
export function startKeys(map) {
  document.addEventListener('keydown', (event) => {
    if (pressed(event, map)) event.preventDefault();
  });
  byId('help-open').addEventListener('click', openHelp);
  byId('help-close').addEventListener('click', () => byId('help').close());
  const single = byId('keys-single');
  single.checked = singleKeys();
  single.addEventListener('change', () => keep('keys', single.checked ? 'on' : 'off'));
  watch((_, changed) => changed.has('language') && byId('help-list').replaceChildren(...helpRows()));
}

const singleKeys = () => kept('keys') !== 'off';

function openHelp() {
  byId('help').showModal();
}

const helpRows = () => [...LIST, ...joinedKeys()].flatMap(([keys, key]) => [el('dt', {}, ...keys.split(/\s+/).map((name) => el('kbd', {}, name))), el('dd', {}, word(key))]);

/**
 * @param {KeyboardEvent} event
 * @param {import('./map.js').DensityMap} map
 * @returns {boolean} the key was for us
 */
function pressed(event, map) {
  const command = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState('AltGraph');
  if (command || document.querySelector('dialog[open]') || event.target.matches('input, textarea, select')) return false;
  if (event.key === 'Escape') return escape();
  if (onMap(event.target) && mapKey(event.key, map)) return true;
  return singleKeys() && singleKey(event.key, map);
}

const onMap = (target) => target === document.body || target === byId('map');

/** @returns {boolean} */
function escape() {
  if (tableIsOpen()) showTable(false);
  else if (current().inspecting) closeInspector();
  else return escapeOne();
  return true;
}

/**
 * @param {string} key
 * @param {import('./map.js').DensityMap} map
 * @returns {boolean}
 */
function mapKey(key, map) {
  if (key in ARROWS) map.pan(...ARROWS[key]);
  else if (key === 'Enter' && map.picker) map.chooseMiddle();
  else if (key === 'Enter' && current().selected) inspect();
  else return false;
  return true;
}

function inspect() {
  update({ inspecting: true });
  byId('inspector').focus();
}

/**
 * @param {string} key
 * @param {import('./map.js').DensityMap} map
 * @returns {boolean}
 */
function singleKey(key, map) {
  const actions = {
    '+': () => map.zoom(1), '=': () => map.zoom(1), '-': () => map.zoom(-1),
    '[': () => step(-1, map), ']': () => step(1, map),
    t: switchTheme, '?': openHelp, ...others,
  };
  const action = actions[key.length === 1 ? key.toLowerCase() : key];
  action?.();
  return Boolean(action) || actOn(key.toLowerCase());
}

/**
 * @param {1|-1} by
 * @param {import('./map.js').DensityMap} map
 */
function step(by, map) {
  const { density, selected } = current();
  if (!density?.cells.length) return;
  const at = density.cells.findIndex((cell) => cell.id === selected);
  const count = density.cells.length;
  const next = at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
  const cell = density.cells[next];
  update({ selected: cell.id });
  map.reveal(cell);
  setText(byId('spoken'), summary(cell, density, performance.now()));
}
