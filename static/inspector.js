/** The chosen cell: every figure that the station gave, with its error, its age and its reason. */

import { ageText, densityErrorText, densityText, flowText, groundText, peopleText } from './cellwords.js';
import { LEVELS, shownState } from './density.js';
import { byId, el, setText } from './dom.js';
import { percent, position, unit } from './figures.js';
import { update, watch } from './state.js';
import { swatch } from './swatch.js';
import { word } from './words.js';

/** @typedef {import('./density.js').Cell} Cell */
/** @typedef {import('./density.js').Density} Density */

export function startInspector() {
  byId('inspector-close').addEventListener('click', closeInspector);
  watch((state, changed) => {
    const dull = !['density', 'selected', 'inspecting', 'language', 'tick'].some((name) => changed.has(name));
    if (dull) return;
    const cell = state.inspecting && state.density?.byId.get(state.selected);
    byId('inspector').hidden = !cell;
    if (cell) show(cell, state.density, performance.now());
    askSeen(cell ? cell.id : null);
  });
}

/** The cell of which it was asked when it was seen. @type {string|null} */
let asked = null;

/** Asks once for each cell that is opened. @param {string|null} cell name */
async function askSeen(cell) {
  if (cell === asked) return;
  asked = cell;
  byId('inspector-seen').replaceChildren();
  if (cell === null) return;
  const { showSeen } = await import('./seen.js');
  if (asked === cell) showSeen(cell, () => asked === cell);
}

export function closeInspector() {
  update({ inspecting: false });
  byId('map').focus();
}

/**
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs
 */
function show(cell, density, nowMs) {
  const state = shownState(cell, density, nowMs);
  setText(byId('inspector-title'), word('cell_size', { size: unit(cell.sizeM, 'm') }));
  byId('inspector-body').replaceChildren(headline(cell, state), ...reason(state), facts(cell, density, state, nowMs));
}

/**
 * @param {Cell} cell
 * @param {import('./density.js').CellState} state
 */
function headline(cell, state) {
  const figure = cell.densityPerM2 === null || state === 'unobserved' ? stateHeadline(state) : densityHeadline(cell);
  return el('div', { class: 'inspector-headline' }, swatch(state, cell.level), ...figure);
}

/** @param {Cell} cell */
function densityHeadline(cell) {
  return [el('b', {}, densityText(cell)), el('span', {}, `${densityErrorText(cell)} ${word('per_m2')}`.trim()), el('span', { class: 'level-name' }, word(LEVELS[cell.level].name))];
}

/** @param {import('./density.js').CellState} state */
const stateHeadline = (state) => [el('b', {}, state === 'suppressed' ? '1–6' : word(state))];

/** @param {import('./density.js').CellState} state */
const reason = (state) => (state === 'observed' ? [] : [el('p', { class: 'inspector-reason' }, word(`${state}_detail`))]);

/**
 * @param {Cell} cell
 * @param {Density} density
 * @param {import('./density.js').CellState} state
 * @param {number} nowMs
 */
function facts(cell, density, state, nowMs) {
  const seen = state !== 'unobserved';
  const flow = seen ? flowText(cell, density, nowMs) : '';
  const rows = [
    ['cell_people', seen ? word('people_over', { people: peopleText(cell), area: groundText(cell) }) : '—'],
    ...(flow ? [['cell_flow', flow]] : []),
    ['cell_share', percent(seen ? cell.observedShare : 0)],
    ['cell_age', seenText(cell, density, nowMs)],
    ...(seen && cell.ce90M !== null ? [['cell_position', word('within', { radius: unit(cell.ce90M, 'm', 1) })]] : []),
    ['table_cell', position(cell.centreLonLat)],
  ];
  const list = el('dl', {}, ...rows.flatMap(([key, value]) => [el('dt', {}, word(key)), el('dd', {}, value)]));
  const note = seen && cell.densitySigma !== null ? [el('p', { class: 'caption' }, word('error_note'))] : [];
  return el('div', {}, list, ...note);
}

/**
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs
 */
function seenText(cell, density, nowMs) {
  if (cell.ageS === null) return word('never_seen');
  const age = ageText(cell, density, nowMs);
  return cell.sources.length ? word('seen_by', { age, sources: cell.sources.join(', ') }) : age;
}
