/** What is wrong with links and vehicles, in words: alarms, and what each link turned away. */

import { number } from './figures.js';
import { known, word } from './words.js';

/**
 * @param {object|null} vehicles GeoJSON as the station sent it
 * @param {number|null} systemId
 * @returns {string} the alarms of one vehicle, empty without any
 */
export function alarmsText(vehicles, systemId) {
  const found = (vehicles?.features ?? []).find(({ properties }) => properties.kind === 'vehicle' && properties.system_id === systemId);
  return (found?.properties.alarms ?? []).map((code) => known('alarm', code)).join(', ');
}

/** Other stations and radios speak as well; that is no attack and no fault. */
const USUAL = 'unclaimed';

/**
 * @param {{address: string, error?: string, refused?: Record<string, number>}} link
 * @returns {string} what was turned away and why, empty where nothing was
 */
export function refusedText({ refused }) {
  const causes = Object.entries(refused ?? {}).filter(([code]) => code !== USUAL).sort(([, a], [, b]) => b - a);
  if (!causes.length) return '';
  const total = causes.reduce((sum, [, count]) => sum + count, 0);
  const reasons = causes.slice(0, 3).map(([code, count]) => word('withheld_because', { cause: known('refused', code), count: number(count) }));
  return [word('refused', { count: number(total) }), ...reasons].join(', ');
}
