/** What a zone says: how full, with its error, over how much of its ground, and when it will be full. */

import { duration, number, percent, plusMinus } from './figures.js';
import { agoText } from './alertwords.js';
import { word } from './words.js';

/** Figures older than this are told with their age. */
const OLD_AFTER_S = 10;

/** @typedef {Record<string, any>} Zone properties of a feature of `/api/v1/zones` */

/** @param {Zone} zone @returns {string} the share of its capacity; `>` past it, `≥` where more people are there */
export function shareText({ fill_share: share, lower_bound: bound }) {
  if (share === null) return '—';
  if (share >= 1) return `>\u202f${percent(1)}`;
  return `${bound ? '≥\u202f' : ''}${percent(share)}`;
}

/** @param {Zone} zone */
export function peopleText({ people, people_sigma: sigma, lower_bound: bound, capacity, observed_share: seen }) {
  if (people === null) return `${word(seen ? 'zone_few' : 'zone_unseen')}, ${word('zone_capacity_of', { capacity: number(capacity) })}`;
  const figure = bound ? `≥\u202f${number(people)}` : `${number(people)} ${plusMinus(sigma)}`;
  const fill = word('zone_fill', { people: figure, capacity: number(capacity) });
  return seen < 1 ? `${fill}, ${word('zone_fill_share', { share: percent(seen) })}` : fill;
}

/**
 * @param {Zone} zone
 * @param {number} nowMs UTC by the station
 * @param {number} oldS since the map it was read from
 */
export function timeText(zone, nowMs, oldS) {
  const ageS = (zone.age_s ?? 0) + oldS;
  const old = zone.people !== null && ageS > OLD_AFTER_S ? [word('zone_age', { age: duration(ageS) })] : [];
  return [...old, ...fullText(zone, nowMs, oldS)].join(', ');
}

/**
 * @param {Zone} zone
 * @param {number} nowMs
 * @param {number} oldS
 * @returns {string[]}
 */
function fullText({ over_since_utc: since, full_in_s: until, level, observed_share: seen }, nowMs, oldS) {
  if (since) return [word('zone_over', { age: agoText(nowMs - Date.parse(since)) })];
  if (level === 'full') return [word('zone_full')];
  if (until && oldS <= OLD_AFTER_S) return [untilText(until)];
  return level === 'unknown' && seen > 0 ? [word('zone_unsure')] : [];
}

/** @param {{earliest: number, likely: number}} until seconds */
function untilText({ earliest, likely }) {
  if (likely < 1) return word('zone_until_now');
  return word('zone_until', { likely: agoText(likely * 1000), earliest: agoText(earliest * 1000) });
}

/**
 * @param {Zone} zone
 * @param {number} nowMs
 * @param {number} oldS
 * @returns {string} one sentence for the screen reader
 */
export function spokenText(zone, nowMs, oldS) {
  const parts = [word('zone_name_spoken', { name: zone.name }), shareText(zone), peopleText(zone), timeText(zone, nowMs, oldS)];
  return parts.filter(Boolean).join(', ');
}
