/** The list of tie points and what they tell, in words. */

import { byId, el } from './dom.js';
import { number, plusMinus, unit } from './figures.js';
import { word } from './words.js';

/** @typedef {import('./alignapi.js').TiePoint} TiePoint */

const AXES = ['yaw', 'pitch', 'roll'];
const DIGITS = 2;

/**
 * @param {TiePoint[]} points
 * @param {object|null} answer of the station for exactly these points
 * @param {(place: number) => void} remove
 */
export function showPoints(points, answer, remove) {
  const rows = points.map((point, place) => row(point, place, answer?.residuals?.[place], remove));
  byId('align-points').replaceChildren(...(rows.length ? [head(), el('tbody', {}, ...rows)] : []));
  byId('align-empty').hidden = rows.length > 0;
}

function head() {
  const names = ['align_point', 'align_before', 'align_after', 'align_px'].map((key) => el('th', { scope: 'col' }, word(key)));
  return el('thead', {}, el('tr', {}, ...names, el('th', {}, el('span', { class: 'spoken' }, word('align_remove')))));
}

/**
 * @param {TiePoint} point
 * @param {number} place
 * @param {object|undefined} residual
 * @param {(place: number) => void} remove
 */
function row(point, place, residual, remove) {
  const label = word('align_remove_point', { number: place + 1 });
  const button = el('button', { type: 'button', class: 'align-remove', 'aria-label': label, title: label }, '×');
  button.addEventListener('click', () => remove(place));
  const wrong = residual?.is_wrong ? [' ', el('b', {}, word('align_wrong'))] : [];
  const figures = [metres(residual?.before_m), metres(residual?.after_m), residual?.after_px == null ? '—' : number(residual.after_px)];
  const cells = figures.map((text) => el('td', { class: 'figure' }, residual ? text : ''));
  return el('tr', { class: residual?.is_wrong ? 'wrong' : null }, el('th', { scope: 'row' }, String(place + 1), ...wrong), ...cells, el('td', {}, button));
}

/** @param {number|null|undefined} value */
const metres = (value) => (value == null ? '—' : unit(value, 'm', 1));

/**
 * @param {object|null} answer a solution, a refusal or null
 * @param {object|null} inForce the alignment that the station applies now
 */
export function showResult(answer, inForce) {
  const parts = answer ? (answer.error === undefined ? solution(answer) : refusal(answer)) : stands(inForce);
  byId('align-result').replaceChildren(...parts);
}

/** @param {object} answer */
function solution(answer) {
  const change = word('align_change', { before: metres(answer.before_m), after: metres(answer.after_m) });
  const notes = answer.notes.map(({ note }) => el('p', { class: 'align-note' }, word(`align_note_${note}`)));
  return [angles(answer), el('p', {}, el('b', {}, change)), ...notes, ...(answer.stored ? [el('p', {}, word('align_stored'))] : [])];
}

/** @param {{bias: object, sigma: object}} answer */
function angles({ bias, sigma }) {
  const rows = AXES.flatMap((axis) => [el('dt', {}, word(`align_${axis}`)), el('dd', {}, ...angle(bias[`${axis}_deg`], sigma[`${axis}_deg`]))]);
  return el('dl', {}, ...rows);
}

/**
 * @param {number} bias
 * @param {number|null} sigma
 */
function angle(bias, sigma) {
  if (sigma === null) return [word('align_not_told')];
  const sign = bias > 0 ? '+' : '';
  return [el('b', {}, `${sign}${number(bias, DIGITS)}°`), ` ${plusMinus(sigma, DIGITS)}°`];
}

/** @param {{cause: string, error: string}} answer */
function refusal({ cause, error }) {
  const detail = error ? [el('p', { class: 'caption', lang: 'en' }, error)] : [];
  return [el('p', { class: 'align-refusal' }, el('b', {}, word(`align_cause_${cause}`))), ...detail];
}

/** @param {object|null} inForce */
function stands(inForce) {
  if (!inForce?.alignment) return [el('p', { class: 'caption' }, word('align_none'))];
  return [el('p', { class: 'caption' }, word(`align_from_${inForce.source}`, { points: inForce.alignment.ties })), angles(inForce.alignment)];
}
