/** The operator map as the page keeps it. Figures are the station's; the page only adds the time since they came. */

import { stationUtcMs } from './stationclock.js';

/**
 * @typedef {'observed'|'stale'|'unobserved'|'suppressed'|'saturated'} CellState
 * @typedef {Figures & import('./cutter.js').Place} Cell
 * @typedef {object} Figures
 * @property {string} id
 * @property {number} sizeM
 * @property {CellState} state
 * @property {number} level index into LEVELS, -1 without a figure
 * @property {number|null} densityPerM2
 * @property {number|null} densitySigma
 * @property {number|null} people
 * @property {number|null} peopleSigma
 * @property {number} observedShare
 * @property {number|null} ageS when the map was made
 * @property {number|null} ce90M
 * @property {string[]} sources names of the cameras that saw it
 *
 * @typedef {object} Flow how the people of a cell walk on the whole
 * @property {string} cell name
 * @property {number} sizeM
 * @property {import('./geometry.js').Point} lonLat middle of the cell
 * @property {number} speedMS of the mean of all, not the mean of speeds
 * @property {number|null} bearingDeg clockwise from north; null where there is no way
 * @property {number} sigmaMS
 *
 * @typedef {object} Density
 * @property {Cell[]} cells
 * @property {Map<string, Cell>} byId
 * @property {Flow[]} flows
 * @property {number|null} people
 * @property {number|null} peopleSigma
 * @property {number} hiddenAtLeast people in cells of too few, which `people` leaves out
 * @property {number} hiddenAtMost
 * @property {number} observedShare
 * @property {number} utcMs
 * @property {boolean} frozen the mission has ended; the map stays as it was
 * @property {number} receivedMs `performance.now()`
 * @property {boolean} [isThen] a map of before, shown as of then: it does not age
 */

/** Levels in people/m2, least first. */
export const LEVELS = [
  { name: 'free', from: 0 },
  { name: 'dense', from: 1 },
  { name: 'watch', from: 2 },
  { name: 'alert', from: 3.5 },
  { name: 'critical', from: 5 },
];

/** A map older than this no longer speaks of now. */
export const STALE_AFTER_S = 5;
/** A figure older than this is told with its age; past the next age nobody knows any more. Both are the station's limits. */
export const FADES_AFTER_S = 10;
export const GONE_AFTER_S = 30;

/**
 * @param {number} densityPerM2
 * @returns {number} index into LEVELS
 */
export const levelOfDensity = (densityPerM2) => LEVELS.findLastIndex(({ from }) => densityPerM2 >= from);

/**
 * @param {object} collection GeoJSON FeatureCollection of `/api/v1/density`
 * @param {import('./cutter.js').CellCutter} cutter
 * @param {number} receivedMs
 * @returns {Density}
 */
export function densityFromDocument(collection, cutter, receivedMs) {
  const cells = collection.features.flatMap((feature) => cellFromFeature(feature, cutter)).sort(readingOrder);
  return {
    cells,
    byId: new Map(cells.map((cell) => [cell.id, cell])),
    flows: flowsFromDocument(collection.flows),
    people: collection.people ?? null,
    peopleSigma: collection.people_sigma ?? null,
    hiddenAtLeast: collection.suppressed_at_least ?? 0,
    hiddenAtMost: collection.suppressed_at_most ?? 0,
    observedShare: collection.observed_share ?? 0,
    utcMs: Date.parse(collection.utc),
    frozen: collection.frozen === true,
    receivedMs,
  };
}

/**
 * @param {object[]|undefined} list `flows` of `/api/v1/density`
 * @returns {Flow[]}
 */
function flowsFromDocument(list) {
  return (list ?? []).map((flow) => ({
    cell: String(flow.cell), sizeM: flow.size_m, lonLat: flow.lon_lat, speedMS: flow.speed_m_s, bearingDeg: flow.bearing_deg ?? null, sigmaMS: flow.sigma_m_s,
  }));
}

/** North to south, then west to east, as a page is read. */
const readingOrder = (a, b) => Math.round((a.box.top - b.box.top) / (a.box.height || 1)) || a.box.left - b.box.left;

/**
 * @param {object} feature
 * @param {import('./cutter.js').CellCutter} cutter
 * @returns {Cell[]} none where nobody may look
 */
function cellFromFeature({ properties, geometry }, cutter) {
  const place = cutter.placeOf(String(properties.cell), geometry.coordinates[0]);
  return place === null ? [] : [{ ...figures(properties), ...place }];
}

/**
 * @param {object} properties of one feature
 */
function figures(properties) {
  const density = properties.density_per_m2 ?? null;
  return {
    id: String(properties.cell),
    sizeM: properties.size_m,
    state: properties.state,
    level: density === null ? -1 : levelOf(properties.level, density),
    densityPerM2: density,
    densitySigma: densitySigma(properties),
    people: properties.people ?? null,
    peopleSigma: properties.people_sigma ?? null,
    observedShare: properties.observed_share ?? 0,
    ageS: properties.age_s ?? null,
    ce90M: properties.ce90_m ?? null,
    sources: properties.sources ?? [],
  };
}

/**
 * @param {string|undefined} name the station's word, which knows the officer's own thresholds
 * @param {number} densityPerM2
 */
function levelOf(name, densityPerM2) {
  const index = LEVELS.findIndex((level) => level.name === name);
  return index < 0 ? levelOfDensity(densityPerM2) : index;
}

/**
 * The error of people over the ground that was seen; the same ground that the density stands on.
 * @param {object} properties
 * @returns {number|null}
 */
function densitySigma({ people_sigma: sigma, size_m: sizeM, observed_share: share }) {
  return sigma == null || !share ? null : sigma / (sizeM * sizeM * share);
}

/**
 * Seconds since the cell was last seen, by the station's figure and the time since it came.
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs `performance.now()`
 * @returns {number|null}
 */
export function ageOf(cell, density, nowMs) {
  return cell.ageS === null ? null : cell.ageS + sinceMade(density, nowMs);
}

/**
 * Seconds since the station made the map: a station that stopped counting sends an old map to whoever comes anew.
 * @param {Density} density
 * @param {number} nowMs `performance.now()`
 */
export function sinceMade(density, nowMs) {
  if (density.isThen) return 0;
  const sinceReceivedMs = nowMs - density.receivedMs;
  const byStationMs = stationUtcMs(nowMs) - density.utcMs;
  return Math.max(0, sinceReceivedMs, Number.isFinite(byStationMs) ? byStationMs : 0) / 1000;
}

/**
 * What may be shown now: a map that stopped coming turns stale, then to hatch.
 * @param {Cell} cell
 * @param {Density} density
 * @param {number} nowMs
 * @returns {CellState}
 */
export function shownState(cell, density, nowMs) {
  const waited = sinceMade(density, nowMs);
  if (density.frozen || cell.state === 'unobserved' || waited <= STALE_AFTER_S) return cell.state;
  if ((cell.ageS ?? 0) + waited > GONE_AFTER_S) return 'unobserved';
  return cell.state === 'suppressed' ? 'suppressed' : 'stale';
}
