/** Tiles of the base map: which ones a view needs, fetched once, kept for a while, an ancestor in place of a missing one. */

import { layersOf } from './mvt.js';
import { groupsOf } from './mapshapes.js';
import { greyed } from './mapgreys.js';

const MOST_KEPT = 160;
const MOST_IN_VIEW = 96;

/**
 * @typedef {object} Facts of `/api/v1/basemap`
 * @property {'png'|'jpg'|'webp'|'mvt'} kind
 * @property {number} min_zoom
 * @property {number} max_zoom
 * @property {number[]} bounds
 * @property {string} attribution
 *
 * @typedef {{zoom: number, column: number, row: number}} Place
 * @typedef {{picture?: HTMLCanvasElement, groups?: import('./mapshapes.js').Group[]}} Drawing
 */

export class MapTiles {
  /**
   * @param {Facts} facts
   * @param {() => void} arrived
   */
  constructor(facts, arrived) {
    this.facts = facts;
    this._arrived = arrived;
    /** @type {Map<string, Drawing|'none'|'coming'>} */
    this._kept = new Map();
    this.failed = 0;
  }

  /** Pictures are greyed for a theme. */
  forget() {
    this._kept.clear();
  }

  /**
   * @param {import('./canvaslayer.js').Sheet} sheet
   * @param {number} mapZoom
   * @returns {{place: Place, drawing: Drawing}[]} coarse ones first
   */
  inView({ view, screenFromWorld, scale }, mapZoom) {
    const zoom = this._zoomFor(mapZoom);
    const [left, top] = screenFromWorld([0, 0]);
    const sidePx = (256 * scale) / 2 ** zoom;
    const most = 2 ** zoom - 1;
    const range = (from, to) => [Math.max(0, Math.floor(from / sidePx)), Math.min(most, Math.floor(to / sidePx))];
    const [west, east] = range(view.left - left, view.left + view.width - left);
    const [north, south] = range(view.top - top, view.top + view.height - top);
    if ((east - west + 1) * (south - north + 1) > MOST_IN_VIEW) return [];
    const found = new Map();
    for (let column = west; column <= east; column += 1) for (let row = north; row <= south; row += 1) this._best({ zoom, column, row }, found);
    return [...found.values()].sort((a, b) => a.place.zoom - b.place.zoom);
  }

  /** Vector tiles are made for twice the side. @param {number} mapZoom */
  _zoomFor(mapZoom) {
    const wanted = this.facts.kind === 'mvt' ? Math.floor(mapZoom) - 1 : Math.round(mapZoom);
    return Math.min(this.facts.max_zoom, Math.max(this.facts.min_zoom, wanted));
  }

  /** The tile, or while it comes and where there is none the nearest ancestor. */
  _best(place, found) {
    for (let { zoom, column, row } = place; zoom >= this.facts.min_zoom; zoom -= 1, column >>= 1, row >>= 1) {
      const here = { zoom, column, row };
      const drawing = this._drawing(here);
      if (typeof drawing === 'object') {
        found.set(`${zoom}/${column}/${row}`, { place: here, drawing });
        return;
      }
      if (drawing === 'coming' && zoom < place.zoom) return;
    }
  }

  /** @param {Place} place */
  _drawing({ zoom, column, row }) {
    const key = `${zoom}/${column}/${row}`;
    const kept = this._kept.get(key);
    if (kept !== undefined) {
      this._kept.delete(key);
      this._kept.set(key, kept);
      return kept;
    }
    this._kept.set(key, 'coming');
    this._fetch(key);
    return 'coming';
  }

  /** @param {string} key */
  async _fetch(key) {
    const kept = this._kept;
    const drawing = await drawn(`/api/v1/tiles/${key}`, this.facts.kind);
    if (drawing === 'failed') this.failed += 1;
    if (drawing === 'silent') this._kept.delete(key);
    else if (kept.has(key)) kept.set(key, typeof drawing === 'object' ? drawing : 'none');
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    this._arrived();
  }
}

/**
 * @param {string} address
 * @param {Facts['kind']} kind
 * @returns {Promise<Drawing|'none'|'failed'|'silent'>}
 */
async function drawn(address, kind) {
  try {
    const answer = await fetch(address);
    if (answer.status === 204) return 'none';
    if (!answer.ok) return 'failed';
    if (kind === 'mvt') return { groups: groupsOf(layersOf(new Uint8Array(await answer.arrayBuffer()))) };
    return { picture: greyed(await createImageBitmap(await answer.blob()), kind) };
  } catch (error) {
    if (error instanceof RangeError || (error instanceof DOMException && error.name !== 'NetworkError')) return 'failed';
    if (error instanceof TypeError || error instanceof DOMException) return 'silent';
    throw error;
  }
}
