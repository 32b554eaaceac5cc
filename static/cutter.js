/** Where cells lie, cut to the authorised area. A cell's name is its place, so each is cut once. */

import { centroid, clipped, contains, extent, opened, signedArea, worldFromLonLat } from './geometry.js';

/** Places kept at most; more than any map has. */
const MOST_PLACES = 60_000;

/**
 * @typedef {import('./geometry.js').Point} Point
 * @typedef {object} Place
 * @property {Point} centreLonLat
 * @property {Point[]} ring world units, the cell's part inside the authorised area
 * @property {Point} label world units, where a number may stand
 * @property {{left: number, top: number, width: number, height: number}} box world units
 * @property {boolean} cut a part of the square lies outside the area
 * @property {number} sideWorld side of the whole square, world units
 */

export class CellCutter {
  /** @param {Point[][]} areas authorised areas, [lon, lat]; empty while unknown */
  constructor(areas) {
    this._areas = areas.map((ring) => ring.map(worldFromLonLat));
    /** @type {Map<string, Place|null>} */
    this._places = new Map();
  }

  /**
   * @param {string} name of the cell
   * @param {Point[]} lonLats its closed ring
   * @returns {Place|null} null where nobody may look
   */
  placeOf(name, lonLats) {
    if (!this._places.has(name)) {
      if (this._places.size >= MOST_PLACES) this._places.clear();
      this._places.set(name, this._cut(opened(lonLats)));
    }
    return this._places.get(name);
  }

  /**
   * @param {Point[]} lonLats
   * @returns {Place|null}
   */
  _cut(lonLats) {
    const square = lonLats.map(worldFromLonLat);
    const ring = this._partInside(square);
    if (ring.length < 3) return null;
    const sideWorld = Math.sqrt(Math.abs(signedArea(square)));
    const cut = ring !== square;
    return { ring, cut, label: centroid(ring), box: extent(ring), sideWorld, centreLonLat: centroid(lonLats) };
  }

  /**
   * @param {Point[]} square
   * @returns {Point[]}
   */
  _partInside(square) {
    if (!this._areas.length) return square;
    if (this._areas.some((area) => square.every((corner) => contains(area, corner)))) return square;
    return this._areas.map((area) => clipped(area, square)).find((part) => part.length > 2) ?? [];
  }
}
