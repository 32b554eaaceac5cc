/** What an entry of the incident log says, and the summary of a shift: figures with error and share, in words. */

import { byText } from './alertwords.js';
import { clock, counted, day, duration, number, percent, plusMinus, position } from './figures.js';
import { cause, known, word } from './words.js';

/**
 * @typedef {object} Entry as the station serves it
 * @property {number} number
 * @property {string} utc
 * @property {string} kind
 * @property {string} [author] none: the station
 * @property {string} text
 * @property {[number, number]} [lon_lat]
 * @property {string} [zone_name]
 * @property {string} [alert]
 * @property {number} [refers_to]
 * @property {Record<string, string|number>} [facts]
 * @property {object} [summary]
 */

/** @param {Entry} entry */
export const kindText = ({ kind, author }) => (author ? known('log_kind', kind) : word('log_kind_station'));

/** An officer's own words, or a change in the reader's language. @param {Entry} entry */
export function entryText({ kind, author, text, facts = {} }) {
  if (author) return text;
  const values = {
    ...facts,
    name: facts.alert_kind ? (facts.name ? `, ${facts.name}` : '') : (facts.name ?? ''),
    alert: facts.alert_kind ? known('alert_kind', facts.alert_kind) : '',
    level: facts.level === 'critical' ? `, ${word('critical')}` : '',
    cause: facts.cause ? cause(facts.cause) : '',
    state: facts.state ? known('log_state', facts.state) : '',
    by: byText(facts.by),
    lasted: duration(facts.lasted_s ?? 0),
    capacity: number(facts.capacity ?? 0),
    count: number(facts.count ?? 0),
  };
  const key = `log_says_${kind}`;
  const said = known('log_says', kind);
  return said === kind.replaceAll('_', ' ') ? text : word(key, values);
}

/** Time, and the day where it is another, or not known yet. @param {Entry} entry @param {number} nowMs NaN before the station told its time */
export function whenText({ utc }, nowMs) {
  const atMs = Date.parse(utc);
  return Number.isFinite(nowMs) && day(atMs) === day(nowMs) ? clock(atMs, true) : `${day(atMs)} ${clock(atMs, true)}`;
}

/** What it is about: zone, place. @param {Entry} entry */
export function aboutText({ zone_name: zone, lon_lat: place, author }) {
  return [author && zone, author && place && position(place)].filter(Boolean).join(' · ');
}

/**
 * @param {object} summary of the station
 * @returns {[string, string[]][]} heading and lines
 */
export function summaryLines(summary) {
  const none = (lines, key = 'sum_none') => (lines.length ? lines : [word(key)]);
  const since = summary.since_utc ? word('sum_since', { time: clock(Date.parse(summary.since_utc)) }) : '';
  const rest = summary.left_out ? [word('sum_left_out', { count: number(summary.left_out) })] : [];
  return [
    [totalText(summary), []],
    [word('sum_alerts'), none(summary.alerts.map(alertLine))],
    [word('sum_zones', { count: number(summary.zones_watched) }), none(summary.zones.map(zoneLine))],
    [word('sum_gates', { count: number(summary.cameras) }), none(summary.gates.map(gateLine))],
    [word('sum_vehicles'), none(summary.vehicles.map(vehicleLine), 'sum_none_vehicle')],
    [word('sum_entries', { since, officers: number(summary.officers_entries), station: number(summary.station_entries) }), rest],
  ];
}

/** @param {object} summary */
function totalText({ people, people_sigma: sigma, observed_share: share, map_utc: utc, suppressed_at_least: least, suppressed_at_most: most }) {
  if (people === undefined || !share) return word('sum_no_total');
  const total = word('sum_total', { people: number(people), error: plusMinus(sigma ?? 0), share: percent(share), time: clock(Date.parse(utc), true) });
  return most ? total + word('sum_hidden', { least: number(least), most: number(most) }) : total;
}

function alertLine({ alert_kind: kind, level, name, lon_lat: place, since_utc: since, is_acknowledged: taken, acknowledged_by: by }) {
  const what = [known('alert_kind', kind), word(level === 'critical' ? 'critical' : 'alert'), name ?? position(place), clock(Date.parse(since))];
  return word('sum_pair', { what: what.join(', '), is: taken ? word('sum_taken') + byText(by) : word('sum_open') });
}

function zoneLine({ name, people, people_sigma: sigma, capacity, observed_share: share, lower_bound: bound, level }) {
  const figure = people === undefined ? word('sum_zone_unseen') : bound ? `≥\u202f${number(people)}` : `${number(people)} ${plusMinus(sigma ?? 0)}`;
  return word('sum_zone', { name, people: figure, capacity: number(capacity), share: percent(share), level: known('sum_level', level) });
}

const gateLine = ({ name, cause: why, since_utc: since }) => word('sum_pair', { what: name, is: cause(why) + (since ? `, ${clock(Date.parse(since))}` : '') });

const vehicleLine = ({ name, link, battery_percent: battery }) => [word('sum_pair', { what: name, is: known('sum_link', link) }), battery !== undefined && percent(battery / 100)].filter(Boolean).join(', ');

/** @param {number} count */
export const countText = (count) => counted('log_count', count);
