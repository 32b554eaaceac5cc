/** What is wrong with a zone as it is drawn. Pure; the station checks anew, and decides. */

import { contains, signedArea } from './geometry.js';

/** @typedef {import('./geometry.js').Point} Point */
/** @typedef {{key: string, values: Record<string, number>, corners: number[]}} Fault word, its figures, and the corners it is about, from 0 */

export const LEAST_AREA_M2 = 25;
export const MOST_CORNERS = 200;
/** So far beyond the area's edge a corner may lie. */
const EDGE_M = 1;
/** A side is looked at every so often along its way. */
const EVERY_M = 2;
const MOST_LOOKS = 200;
const M_PER_DEGREE = 111_320;

/**
 * Metres about a place, for some kilometres; north is up.
 * @param {Point} origin [lon, lat]
 * @returns {(lonLat: Point) => Point}
 */
export function metresAbout([originLon, originLat]) {
  const eastM = M_PER_DEGREE * Math.cos((originLat * Math.PI) / 180);
  return ([lon, lat]) => [(lon - originLon) * eastM, (lat - originLat) * M_PER_DEGREE];
}

/** @param {Point[]} corners [lon, lat] */
export const areaM2 = (corners) => (corners.length < 3 ? 0 : Math.abs(signedArea(corners.map(metresAbout(corners[0])))));

/**
 * What can be told while it is drawn: sides that cross, and what lies outside.
 * @param {Point[]} corners [lon, lat]
 * @param {Point[][]} areas authorised, [lon, lat]; empty while unknown
 * @returns {Fault|null}
 */
export function drawingFault(corners, areas) {
  if (corners.length > MOST_CORNERS) return { key: 'zone_fault_many', values: {}, corners: [] };
  return crossing(corners) ?? outside(corners, areas);
}

/**
 * What keeps an outline from being saved.
 * @param {Point[]} corners
 * @param {Point[][]} areas
 * @returns {Fault|null}
 */
export function outlineFault(corners, areas) {
  if (corners.length < 3) return { key: 'zone_fault_few', values: {}, corners: [] };
  const fault = drawingFault(corners, areas);
  if (fault) return fault;
  return areaM2(corners) < LEAST_AREA_M2 ? { key: 'zone_fault_small', values: {}, corners: [] } : null;
}

/** @param {Point[]} corners @returns {Fault|null} the first two sides that cross or touch and are no neighbours */
function crossing(corners) {
  const count = corners.length;
  const side = (index) => [corners[index], corners[(index + 1) % count]];
  for (let a = 0; a < count - 1; a += 1) {
    for (let b = a + 1; b < count; b += 1) {
      const neighbours = b === a + 1 || (a === 0 && b === count - 1);
      if (count > 3 && !neighbours && meet(side(a), side(b))) return { key: 'zone_fault_crosses', values: { first: a + 1, second: b + 1 }, corners: [a, b] };
    }
  }
  return null;
}

/** Twice the area of a triangle, positive where it turns left. @param {Point} a @param {Point} b @param {Point} c */
const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** @param {Point} a @param {Point} b @param {Point} point in line with them */
const between = (a, b, point) => [0, 1].every((part) => Math.min(a[part], b[part]) <= point[part] && point[part] <= Math.max(a[part], b[part]));

/**
 * @param {Point[]} first two ends
 * @param {Point[]} second two ends
 */
function meet([a, b], [c, d]) {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc * abd < 0 && cda * cdb < 0) return true;
  return (abc === 0 && between(a, b, c)) || (abd === 0 && between(a, b, d)) || (cda === 0 && between(c, d, a)) || (cdb === 0 && between(c, d, b));
}

/**
 * @param {Point[]} corners
 * @param {Point[][]} areas
 * @returns {Fault|null}
 */
function outside(corners, areas) {
  if (!corners.length || !areas.length) return null;
  const local = metresAbout(corners[0]);
  const [points, rings] = [corners.map(local), areas.map((ring) => ring.map(local))];
  const allowed = (point) => rings.some((ring) => contains(ring, point) || distanceM(point, ring) <= EDGE_M);
  const corner = points.findIndex((point) => !allowed(point));
  if (corner >= 0) return { key: 'zone_fault_outside', values: { number: corner + 1 }, corners: [corner] };
  const sides = points.length < 3 ? points.length - 1 : points.length;
  for (let at = 0; at < sides; at += 1) {
    const to = (at + 1) % points.length;
    if (!along(points[at], points[to]).every(allowed)) return { key: 'zone_fault_edge_outside', values: { number: at + 1 }, corners: [at, to] };
  }
  return null;
}

/** @param {Point} from metres @param {Point} to @returns {Point[]} places on the way */
function along(from, to) {
  const looks = Math.min(MOST_LOOKS, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / EVERY_M));
  return Array.from({ length: Math.max(0, looks - 1) }, (_, at) => [0, 1].map((part) => from[part] + ((to[part] - from[part]) * (at + 1)) / looks));
}

/** @param {Point} point metres @param {Point[]} ring */
function distanceM([x, y], ring) {
  return Math.min(...ring.map(([ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % ring.length];
    const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
    const share = length2 ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2)) : 0;
    return Math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay));
  }));
}

/**
 * @param {string} name
 * @param {string} capacity as typed
 * @param {string[]} names of the other zones
 * @returns {Fault & {field: 'name'|'capacity'}|null}
 */
export function formFault(name, capacity, names) {
  const fault = (key, field, values = {}) => ({ key, field, values, corners: [] });
  if (!name || name.length > 60) return fault('zone_fault_name', 'name');
  if (names.includes(name)) return fault('zone_fault_name_taken', 'name');
  return capacityOf(capacity) === null ? fault('zone_fault_capacity', 'capacity', { most: MOST_CAPACITY }) : null;
}

export const MOST_CAPACITY = 1_000_000;

/** @param {string} text with blanks or thousands' signs, as people write @returns {number|null} */
export function capacityOf(text) {
  const digits = text.replace(/[\s\u202f\u00a0'’]/g, '').replace(/[,.](?=\d{3}(\D|$))/g, '');
  const count = /^\d{1,7}$/.test(digits) ? Number(digits) : NaN;
  return count >= 10 && count <= MOST_CAPACITY ? count : null;
}
