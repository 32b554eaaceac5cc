/** Lengths and areas of what is drawn on the map, with the error that the map's own places bring. Pure functions. */

const MAJOR_M = 6378137;
const ECCENTRICITY_SQ = 0.00669437999014;
/** ce90 is the radius of 90 % of a round error: 2.146 standard deviations of an axis; 90 % of one axis are 1.645. */
const CE90_IN_SIGMAS = 2.146;
const NINETY_IN_SIGMAS = 1.645;

/** @typedef {{lonLat: [number, number], ce90M: number|null}} MeasuredPlace a place without a figure of the map has no known error */
/** @typedef {{value: number, error: number|null}} Measured `error` holds nine times out of ten; null where it is not known */

/**
 * Metres east and north of the first place, by the ellipsoid's radii in the middle latitude: right to 0.01 % over 10 km.
 * @param {[number, number][]} places longitude, latitude
 * @returns {[number, number][]}
 */
export function metres(places) {
  const middle = (places.reduce((sum, [, lat]) => sum + lat, 0) / places.length) * (Math.PI / 180);
  const root = 1 - ECCENTRICITY_SQ * Math.sin(middle) ** 2;
  const eastM = (MAJOR_M / Math.sqrt(root)) * Math.cos(middle) * (Math.PI / 180);
  const northM = ((MAJOR_M * (1 - ECCENTRICITY_SQ)) / root ** 1.5) * (Math.PI / 180);
  const [[lon0, lat0]] = places;
  return places.map(([lon, lat]) => [(lon - lon0) * eastM, (lat - lat0) * northM]);
}

/**
 * Length along the places; errors of places are taken as independent, and never claimed below the worst ce90 itself.
 * @param {MeasuredPlace[]} places two or more
 * @returns {Measured}
 */
export function lengthOf(places) {
  const points = metres(places.map(({ lonLat }) => lonLat));
  const ways = points.slice(1).map((point, index) => way(points[index], point));
  const value = ways.reduce((sum, { length }) => sum + length, 0);
  const slopes = points.map((_, index) => {
    const [before, after] = [ways[index - 1]?.unit ?? [0, 0], ways[index]?.unit ?? [0, 0]];
    return Math.hypot(before[0] - after[0], before[1] - after[1]);
  });
  return { value, error: errorOf(places, slopes, 1) };
}

/**
 * Area inside the places, closed from the last to the first.
 * @param {MeasuredPlace[]} places three or more
 * @returns {Measured}
 */
export function areaOf(places) {
  const points = metres(places.map(({ lonLat }) => lonLat));
  const at = (index) => points[(index + points.length) % points.length];
  const twice = points.reduce((sum, [x, y], index) => sum + x * at(index + 1)[1] - at(index + 1)[0] * y, 0);
  const slopes = points.map((_, index) => Math.hypot(at(index + 1)[0] - at(index - 1)[0], at(index + 1)[1] - at(index - 1)[1]) / 2);
  return { value: Math.abs(twice) / 2, error: errorOf(places, slopes, 0) };
}

/** @returns {number|null} */
function errorOf(places, slopes, leastShare) {
  if (places.some(({ ce90M }) => ce90M === null)) return null;
  const variance = places.reduce((sum, { ce90M }, index) => sum + ((ce90M / CE90_IN_SIGMAS) * slopes[index]) ** 2, 0);
  const least = leastShare * Math.max(...places.map(({ ce90M }) => ce90M));
  return Math.max(NINETY_IN_SIGMAS * Math.sqrt(variance), least);
}

function way([ax, ay], [bx, by]) {
  const length = Math.hypot(bx - ax, by - ay);
  return { length, unit: length ? [(bx - ax) / length, (by - ay) / length] : [0, 0] };
}

/** @param {[number, number][]} places longitude, latitude @returns {boolean} two of its sides cross: then it has no area */
export function crossesItself(places) {
  const points = metres(places);
  const count = points.length;
  for (let one = 0; one < count; one += 1) for (let other = one + 2; other < count; other += 1) if ((other + 1) % count !== one && cross(points, one, other)) return true;
  return false;
}

function cross(points, one, other) {
  const [a, b, c, d] = [points[one], points[(one + 1) % points.length], points[other], points[(other + 1) % points.length]];
  const side = ([px, py], [qx, qy], [rx, ry]) => Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}
