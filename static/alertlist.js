/** Alerts as cards: which come first, which are new, what they stand for. Pure; the documents are the station's. */

import { contains, opened } from './geometry.js';

/**
 * @typedef {{utc: string, by: string|null, reason: string}} Acknowledged
 * @typedef {object} Alert one of `/api/v1/alerts`, or a forecast from `/api/v1/zones`
 * @property {string} id
 * @property {string} kind
 * @property {string} level `alert` or `critical`; `forecast` of a forecast
 * @property {string} since_utc
 * @property {[number, number]} lon_lat
 * @property {string} [cause]
 * @property {string} [cell]
 * @property {string} [name] of a zone
 * @property {number} [people]
 * @property {number} [people_sigma]
 * @property {number} [capacity]
 * @property {number} [observed_share]
 * @property {number} [density_per_m2]
 * @property {boolean} [lower_bound]
 * @property {string} [seen_utc]
 * @property {object} [zone_feature] of a forecast
 * @property {Acknowledged|null} acknowledged
 */

const RANK = { critical: 2, alert: 1 };

/** @param {Alert} alert */
export const rankOf = ({ level }) => RANK[level] ?? 0;

/** Index into the levels of density; -1 where the alert says nothing of density, and so has no hue. @param {Alert} alert */
export const hueOf = ({ kind, level }) => (kind === 'zone_over_capacity' || kind === 'forecast' ? -1 : (RANK[level] ?? 0) + 2);

/** @param {Alert} alert */
export const isOpen = ({ kind, acknowledged }) => kind !== 'forecast' && !acknowledged;

/** Unacknowledged, forecasts, acknowledged. @param {Alert} alert */
const groupOf = (alert) => (isOpen(alert) ? 0 : alert.kind === 'forecast' ? 1 : 2);

/**
 * @param {Alert} a
 * @param {Alert} b
 */
const inOrder = (a, b) => groupOf(a) - groupOf(b) || rankOf(b) - rankOf(a) || soonest(a, b) || Date.parse(b.since_utc) - Date.parse(a.since_utc) || (a.id < b.id ? -1 : 1);

/** Forecasts come by how soon they are. @param {Alert} a @param {Alert} b */
const soonest = (a, b) => (a.kind === 'forecast' && b.kind === 'forecast' ? a.zone_feature.full_in_s.likely - b.zone_feature.full_in_s.likely : 0);

/**
 * @param {object|null} alerts document of the station
 * @param {object|null} zones document of the station
 * @returns {Alert[]} the first is number 1: the worst first, of those the newest, then forecasts, then what is acknowledged
 */
export function cardsOf(alerts, zones) {
  return [...(alerts?.alerts ?? []), ...forecastsOf(zones)].sort(inOrder);
}

/**
 * @param {object|null} zones
 * @returns {Alert[]} zones that will be full and are not yet
 */
function forecastsOf(zones) {
  const filling = (zones?.features ?? []).filter(({ properties }) => properties.full_in_s && !properties.over_since_utc && properties.level !== 'full');
  return filling.map(({ properties, geometry }) => ({
    id: `forecast.${properties.id}`, kind: 'forecast', level: 'forecast', since_utc: zones.utc, name: properties.name,
    zone_feature: properties, lon_lat: middleOf(opened(geometry.coordinates[0])), acknowledged: null,
  }));
}

/** @param {import('./geometry.js').Point[]} ring */
const middleOf = (ring) => [0, 1].map((part) => ring.reduce((sum, point) => sum + point[part], 0) / ring.length);

/**
 * What begins to need attention: an alert that was not open before, or that rose.
 * @param {Map<string, number>} before ranks by id of those that were open
 * @param {Alert[]} cards
 * @returns {{now: Map<string, number>, fresh: Alert[]}}
 */
export function freshOf(before, cards) {
  const open = cards.filter(isOpen);
  const fresh = open.filter((alert) => rankOf(alert) > (before.get(alert.id) ?? -1));
  return { now: new Map(open.map((alert) => [alert.id, rankOf(alert)])), fresh };
}

/**
 * @param {Alert} alert
 * @param {object|null} zones
 * @returns {string} the zone that it lies in, the smallest of several; '' where it lies in none
 */
export function zoneNameOf(alert, zones) {
  if (alert.name) return alert.name;
  const around = (zones?.features ?? []).filter(({ geometry }) => contains(opened(geometry.coordinates[0]), alert.lon_lat));
  around.sort((a, b) => a.properties.area_m2 - b.properties.area_m2);
  return around[0]?.properties.name ?? '';
}

/**
 * The alert of the station's newest acknowledgement, as far as its name tells: its place is known where it is a zone's.
 * @param {object|null} alerts document of the station
 * @param {object|null} zones document of the station
 * @returns {{alert: Alert, given: Acknowledged}[]} one, or none where nothing was ever acknowledged
 */
function toldLast(alerts, zones) {
  const given = alerts?.last_acknowledged;
  if (!given) return [];
  const [what, ...rest] = given.id.split('.');
  const zone = (zones?.features ?? []).find(({ properties }) => what === 'zone_over_capacity' && properties.id === rest.slice(0, -1).join('.'));
  const kind = ['surge', 'reversal'].includes(what) ? 'crowd_movement' : what;
  return [{ alert: { id: given.id, kind, name: zone?.properties.name }, given }];
}

/**
 * The newest acknowledgement: of those that this page has seen, which know their place, and the station's own.
 * @param {{alert: Alert, given: Acknowledged}|null} before
 * @param {Alert[]} cards
 * @param {object|null} alerts document of the station
 * @param {object|null} zones document of the station
 */
export function lastAcknowledged(before, cards, alerts, zones) {
  const given = cards.filter(({ acknowledged }) => acknowledged).map((alert) => ({ alert, given: alert.acknowledged }));
  return [...toldLast(alerts, zones), ...(before ? [before] : []), ...given].reduce((last, one) => (!last || Date.parse(one.given.utc) >= Date.parse(last.given.utc) ? one : last), null);
}
