/** Plane geometry on rings; no map, no screen. A ring is a list of [x, y], not closed. */

/** @typedef {[number, number]} Point */

/**
 * Longitude and latitude to Web Mercator at zoom 0 (256 units round the Earth). For drawing only: nothing is measured in it.
 * @param {Point} lonLat degrees
 * @returns {Point}
 */
export function worldFromLonLat([lonDeg, latDeg]) {
  const sine = Math.sin((latDeg * Math.PI) / 180);
  return [256 * (lonDeg / 360 + 0.5), 256 * (0.5 - Math.atanh(sine) / (2 * Math.PI))];
}

/**
 * @param {Point[]} ring as GeoJSON gives it
 * @returns {Point[]} without the repeated last point
 */
export function opened(ring) {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  const closed = ring.length > 1 && first[0] === last[0] && first[1] === last[1];
  return closed ? ring.slice(0, -1) : ring;
}

/**
 * @param {Point[]} ring
 * @returns {number} positive when counter-clockwise with y upwards
 */
export function signedArea(ring) {
  let twice = 0;
  ring.forEach(([x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    twice += x * nextY - nextX * y;
  });
  return twice / 2;
}

/**
 * @param {Point[]} ring
 * @returns {Point}
 */
export function centroid(ring) {
  const [originX, originY] = ring[0];
  let [sumX, sumY, twice] = [0, 0, 0];
  ring.forEach(([x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    const cross = (x - originX) * (nextY - originY) - (nextX - originX) * (y - originY);
    sumX += (x + nextX - 2 * originX) * cross;
    sumY += (y + nextY - 2 * originY) * cross;
    twice += cross;
  });
  return twice === 0 ? [originX, originY] : [originX + sumX / (3 * twice), originY + sumY / (3 * twice)];
}

/**
 * @param {Point[]} ring
 * @param {Point} point
 */
export function contains(ring, [x, y]) {
  let inside = false;
  ring.forEach(([ax, ay], index) => {
    const [bx, by] = ring[(index + ring.length - 1) % ring.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

/**
 * Sutherland and Hodgman: the part of a ring inside a convex one.
 * @param {Point[]} ring
 * @param {Point[]} convex
 * @returns {Point[]} empty when they do not meet
 */
export function clipped(ring, convex) {
  const turn = Math.sign(signedArea(convex));
  let rest = ring;
  convex.forEach((from, index) => {
    if (rest.length) rest = cut(rest, from, convex[(index + 1) % convex.length], turn);
  });
  return rest;
}

/**
 * @param {Point[]} ring
 * @param {Point} from
 * @param {Point} to
 * @param {number} turn 1 keeps the left side, -1 the right one
 * @returns {Point[]}
 */
function cut(ring, from, to, turn) {
  const side = ([x, y]) => turn * ((to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]));
  const kept = [];
  ring.forEach((point, index) => {
    const before = ring[(index + ring.length - 1) % ring.length];
    const [a, b] = [side(before), side(point)];
    if (a < 0 !== b < 0) kept.push(between(before, point, a / (a - b)));
    if (b >= 0) kept.push(point);
  });
  return kept;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {number} share
 * @returns {Point}
 */
const between = (a, b, share) => [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];

/**
 * @param {Point[]} ring
 * @returns {{left: number, top: number, width: number, height: number}}
 */
export function extent(ring) {
  const xs = ring.map(([x]) => x);
  const ys = ring.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}
