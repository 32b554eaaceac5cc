/** What an alert says, in words: kind, level, place, figures with error or bound, and why. */

import { zoneNameOf } from './alertlist.js';
import { cellAt } from './cells.js';
import { densityErrorText, densityText } from './cellwords.js';
import { LEVELS } from './density.js';
import { clock, duration, number, percent, plusMinus, position, unit } from './figures.js';
import { known, word } from './words.js';

/** @typedef {import('./alertlist.js').Alert} Alert */

/** @param {Alert} alert */
export const kindText = ({ kind }) => known('alert_kind', kind);

/** @param {Alert} alert */
export const levelText = ({ level }) => (level === 'forecast' ? word('alert_forecast') : word(level === 'critical' ? 'critical' : 'alert'));

/**
 * @param {Alert} alert
 * @param {object|null} zones
 */
export const placeText = (alert, zones) => zoneNameOf(alert, zones) || position(alert.lon_lat);

/**
 * @param {Alert} alert
 * @param {number} number_ of its card
 */
export function nameText(alert, number_) {
  if (alert.kind === 'forecast') return word('alert_name_forecast', { number: number_, kind: kindText(alert) });
  return word('alert_name', { number: number_, kind: kindText(alert), level: levelText(alert) });
}

/**
 * @param {Alert} alert
 * @param {number} nowMs UTC by the station
 */
export function sinceText(alert, nowMs) {
  if (alert.kind === 'forecast') return word('alert_towards', { time: clock(nowMs + alert.zone_feature.full_in_s.likely * 1000) });
  const sinceMs = Date.parse(alert.since_utc);
  return word('alert_since', { time: clock(sinceMs), age: agoText(nowMs - sinceMs) });
}

/** Whole seconds, then minutes. @param {number} ms */
export function agoText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 10 ? unit(seconds, 's') : duration(seconds);
}

/**
 * @param {Alert} alert
 * @param {import('./density.js').Density|null} density
 * @param {number} nowMs UTC by the station
 * @returns {string} figures and reason
 */
export function whyText(alert, density, nowMs) {
  if (alert.kind === 'forecast') return forecastText(alert.zone_feature);
  const figures = alert.kind === 'zone_over_capacity' ? zoneText(alert) : densityFigures(alert, density);
  return `${figures} ${reasonText(alert, nowMs)}`;
}

/** @param {object} zone properties */
function forecastText({ people, people_sigma, capacity, full_in_s: { earliest, likely } }) {
  const counted = people === null ? word('zone_few') : `${number(people)} ${plusMinus(people_sigma ?? 0)}`;
  return word('alert_forecast_why', { people: counted, capacity: number(capacity), likely: duration(likely), earliest: duration(earliest) });
}

/** @param {Alert} alert */
function zoneText({ people, people_sigma, capacity, observed_share, lower_bound }) {
  const figure = lower_bound ? `≥\u202f${number(people)}` : number(people);
  const error = lower_bound ? '' : plusMinus(people_sigma);
  return word('alert_zone', { people: figure, error, capacity: number(capacity), share: percent(observed_share) }).replace('  ', ' ');
}

/**
 * The map's figure of the very cell with its error; where the map shows none, the alert's own, which is rounded down: a bound.
 * @param {Alert} alert
 * @param {import('./density.js').Density|null} density
 */
function densityFigures(alert, density) {
  const size = unit(sizeOf(alert) ** 2, 'm²');
  const cell = density?.byId.get(alert.cell);
  if (cell?.state === 'observed' && cell.densityPerM2 >= alert.density_per_m2) {
    const words = { density: densityText(cell), error: densityErrorText(cell), size, share: percent(cell.observedShare) };
    return word('alert_dense', words);
  }
  const bound = word('alert_dense_bound', { density: number(alert.density_per_m2, 1), size });
  const around = cell ?? (density && cellAt(density, alert.lon_lat));
  return around ? `${bound} ${word('alert_share', { share: percent(around.observedShare) })}` : bound;
}

/** The name of a cell begins with its size in metres. @param {Alert} alert */
const sizeOf = ({ cell }) => Number.parseFloat(cell ?? '') || 0;

/**
 * @param {Alert} alert
 * @param {number} nowMs
 */
function reasonText(alert, nowMs) {
  const code = alert.cause ?? alert.kind;
  const age = alert.seen_utc ? agoText(nowMs - Date.parse(alert.seen_utc)) : '';
  const threshold = number(LEVELS.find(({ name }) => name === alert.level)?.from ?? 0, 1);
  const text = known('alert_why', code);
  return text.replace('{threshold}', threshold).replace('{age}', age);
}

/** @param {import('./alertlist.js').Acknowledged} given */
export function acknowledgedText({ utc, by, reason }) {
  return word('alert_acknowledged', { time: clock(Date.parse(utc)), by: byText(by), reason });
}

/** @param {string|null} by */
export const byText = (by) => (by ? word('alert_by', { by }) : '');
