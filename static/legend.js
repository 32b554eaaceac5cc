/** The legend: five levels in people/m2, the four states that are not plain figures, and how people walk. */

import { LEVELS } from './density.js';
import { el } from './dom.js';
import { number } from './figures.js';
import { watch } from './state.js';
import { levelBar, swatch } from './swatch.js';
import { word } from './words.js';

/** Word and level of the samples; a sample needs a colour to be stale or bounded. */
const STATES = [
  ['unobserved', 'unobserved', -1],
  ['stale', 'stale_age', 1],
  ['suppressed', 'suppressed', -1],
  ['saturated', 'saturated', 2],
  ['flow', 'flow', -1],
];

/** @param {HTMLElement} element filled now and in each language */
export function startLegend(element) {
  watch((_, changed) => {
    if (changed.has('language')) element.replaceChildren(unitLabel(), levels(), states());
  });
}

const unitLabel = () => el('div', { class: 'legend-unit' }, el('b', {}, word('density')), el('span', {}, word('per_m2')));

const levels = () => el('ul', { class: 'legend-levels' }, ...LEVELS.map(levelEntry));

/**
 * @param {{name: string}} level
 * @param {number} index
 */
function levelEntry({ name }, index) {
  return el('li', { 'data-level': name }, levelBar(index), el('b', {}, word(name)), el('span', {}, range(index)));
}

/** @param {number} index */
function range(index) {
  const [from, to] = [LEVELS[index].from, LEVELS[index + 1]?.from];
  if (index === 0) return word('range_below', { to: short(to) });
  return to === undefined ? word('range_above', { from: short(from) }) : word('range_between', { from: short(from), to: short(to) });
}

/** @param {number} bound */
const short = (bound) => number(bound, Number.isInteger(bound) ? 0 : 1);

const states = () =>
  el('ul', { class: 'legend-states' }, ...STATES.map(([state, key, level]) => el('li', { 'data-state': state }, swatch(state, level), el('span', {}, word(key)))));
