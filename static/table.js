/** The same cells as a table: densest first. It is written only while it is open. */

import { ageText, densityErrorText, densityText, peopleText } from './cellwords.js';
import { LEVELS, shownState } from './density.js';
import { byId, el } from './dom.js';
import { number, percent, position, unit } from './figures.js';
import { current, update, watch } from './state.js';
import { swatch } from './swatch.js';
import { word } from './words.js';

const MOST_ROWS = 300;

const COLUMNS = ['table_cell', 'cell_state', 'density', 'cell_people', 'cell_share', 'cell_age', 'cell_position'];

export function startTable() {
  byId('table-toggle').addEventListener('click', () => showTable(byId('table-panel').hidden));
  byId('table-close').addEventListener('click', () => showTable(false));
  watch((_, changed) => {
    if (!byId('table-panel').hidden && ['density', 'language', 'tick'].some((name) => changed.has(name))) fill();
  });
}

/** @param {boolean} open */
export function showTable(open) {
  byId('table-panel').hidden = !open;
  // what it covers is out of reach of the keyboard too
  for (const other of byId('middle').children) other.inert = open && other.id !== 'table-panel' && other.id !== 'spoken';
  byId('table-toggle').setAttribute('aria-expanded', String(open));
  if (open) fill();
  byId(open ? 'table-scroll' : 'table-toggle').focus();
}

export const tableIsOpen = () => !byId('table-panel').hidden;

function fill() {
  const { density } = current();
  const nowMs = performance.now();
  const cells = (density?.cells ?? []).map((cell) => ({ cell, state: shownState(cell, density, nowMs) }));
  const seen = cells.filter(({ state }) => state !== 'unobserved').sort((a, b) => (b.cell.densityPerM2 ?? -1) - (a.cell.densityPerM2 ?? -1));
  const rows = seen.slice(0, MOST_ROWS).map((shown) => row(shown, density, nowMs));
  const heads = COLUMNS.map((key) => el('th', { scope: 'col' }, key === 'density' ? `${word(key)} (${word('per_m2')})` : word(key)));
  byId('table').replaceChildren(el('caption', {}, word('table_caption')), el('thead', {}, el('tr', {}, ...heads)), el('tbody', {}, ...rows));
  byId('table-rest').textContent = rest(seen.length, cells.length - seen.length);
}

/**
 * @param {number} seen
 * @param {number} unseen
 */
function rest(seen, unseen) {
  const more = seen > MOST_ROWS ? [word('table_more', { shown: number(MOST_ROWS), count: number(seen) })] : [];
  return [...more, word('table_unobserved', { count: number(unseen) })].join('. ');
}

/**
 * @param {{cell: import('./density.js').Cell, state: import('./density.js').CellState}} shown
 * @param {import('./density.js').Density} density
 * @param {number} nowMs
 */
function row({ cell, state }, density, nowMs) {
  const place = el('button', { type: 'button', class: 'link', title: word('show_on_map') }, `${unit(cell.sizeM, 'm')}, ${position(cell.centreLonLat)}`);
  place.addEventListener('click', () => choose(cell));
  const figure = [densityText(cell), densityErrorText(cell)].join(' ').trim();
  const within = cell.ce90M === null ? '—' : `±\u202f${unit(cell.ce90M, 'm', 1)}`;
  const values = [figure || '—', peopleText(cell), percent(cell.observedShare), ageText(cell, density, nowMs), within];
  const head = el('th', { scope: 'row' }, place);
  return el('tr', {}, head, el('td', {}, el('span', { class: 'table-state' }, swatch(state, cell.level), stateText(cell, state))), ...values.map((value) => el('td', { class: 'figure' }, value)));
}

/**
 * @param {import('./density.js').Cell} cell
 * @param {import('./density.js').CellState} state
 */
function stateText(cell, state) {
  const level = cell.level < 0 ? [] : [word(LEVELS[cell.level].name)];
  return [...level, ...(state === 'observed' ? [] : [word(state)])].join(', ');
}

/** @param {import('./density.js').Cell} cell */
function choose(cell) {
  showTable(false);
  update({ selected: cell.id, inspecting: true });
}
