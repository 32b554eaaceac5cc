/** What a cell says in figures; the same words on the map, in the inspector, in the table and for the screen reader. */

import { LEVELS, ageOf, shownState } from './density.js';
import { flowOf } from './flows.js';
import { THIN, duration, number, percent, plusMinus, unit } from './figures.js';
import { word } from './words.js';

/** @typedef {import('./density.js').Cell} Cell */
/** @typedef {import('./density.js').Density} Density */

const LEAST_SHOWN_PER_M2 = 0.1;

/** People are there, but their density would be written as nothing. @param {Cell} cell */
const isTrace = ({ people, densityPerM2 }) => people > 0 && densityPerM2 < LEAST_SHOWN_PER_M2 / 2;

/**
 * @param {Cell} cell
 * @returns {string} '' without a figure
 */
export function densityText(cell) {
  if (cell.densityPerM2 === null) return '';
  if (isTrace(cell)) return `<${THIN}${number(LEAST_SHOWN_PER_M2, 1)}`;
  return cell.state === 'saturated' ? `≥${THIN}${bound(cell.densityPerM2)}` : number(cell.densityPerM2, 1);
}

/** A bound is rounded down: it must stay true. */
const bound = (densityPerM2) => number(Math.floor(densityPerM2 * 10 + 1e-9) / 10, 1);

/**
 * The bound where there is little room; rounded down it stays true.
 * @param {Cell} cell
 */
export const wholeBoundText = (cell) => `≥${Math.floor(cell.densityPerM2)}`;

/**
 * @param {Cell} cell
 * @returns {string} '' where the figure is a bound by itself
 */
export const densityErrorText = (cell) => (cell.densitySigma === null || isTrace(cell) || cell.state === 'saturated' ? '' : plusMinus(cell.densitySigma, 1));

/**
 * @param {Cell} cell
 * @returns {string} people with their error or bound
 */
export function peopleText(cell) {
  if (cell.state === 'suppressed') return '1–6';
  if (cell.people === null) return '—';
  if (cell.state === 'saturated') return `≥${THIN}${number(Math.floor(cell.people))}`;
  return `${number(cell.people)} ${plusMinus(cell.peopleSigma ?? 0)}`;
}

/**
 * @param {Cell} cell
 * @returns {string} ground that the figure stands on
 */
export const groundText = (cell) => unit(cell.sizeM * cell.sizeM * cell.observedShare, 'm²');

/**
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs
 */
export function ageText(cell, density, nowMs) {
  const age = ageOf(cell, density, nowMs);
  return age === null ? '—' : duration(age);
}

/** Eight winds, clockwise from north. */
const WINDS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'];

/**
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs
 * @returns {string} how people walk there on the whole; '' where the station tells nothing
 */
export function flowText(cell, density, nowMs) {
  const flow = flowOf(cell, density, nowMs);
  if (!flow) return '';
  if (flow.bearingDeg === null) return word('flow_none');
  const wind = word(`wind_${WINDS[Math.round(flow.bearingDeg / 45) % WINDS.length]}`);
  return word('flow_towards', { speed: unit(flow.speedMS, 'm/s', 1), error: plusMinus(flow.sigmaMS, 1), wind });
}

/**
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs
 * @returns {string} one sentence for the screen reader
 */
export function summary(cell, density, nowMs) {
  const state = shownState(cell, density, nowMs);
  const size = word('cell_size', { size: unit(cell.sizeM, 'm') });
  if (state === 'unobserved') return `${size}: ${word('unobserved')}. ${word('unobserved_detail')}`;
  if (state === 'suppressed') return `${size}: ${word('suppressed_detail')}`;
  const figure = `${densityText(cell)} ${densityErrorText(cell)} ${word('per_m2')}, ${word(LEVELS[cell.level].name)}`;
  const seen = `${word('cell_share')} ${percent(cell.observedShare)}, ${word('cell_age')} ${ageText(cell, density, nowMs)}`;
  const flow = flowText(cell, density, nowMs);
  return `${size}: ${figure}. ${seen}.${flow && ` ${word('cell_flow')}: ${flow}.`}`;
}
