/** The map: Leaflet on a blank graticule, the cells, the vehicles, and how one moves over them. */

import { CellLayers, cellAt } from './cells.js';
import { STALE_AFTER_S, sinceMade } from './density.js';
import { svg } from './dom.js';
import { addGraticule } from './graticule.js';
import { current, update, watch } from './state.js';
import { VehicleLayers, areasOf, featuresOf } from './vehicles.js';

const L = globalThis.L;

/** Bottom to top; lines, then numbers, then vehicles. */
const PANES = { graticule: 200, cells: 350, lines: 400, numbers: 450, craft: 600 };
const START = { center: [46.6, 2.5], zoom: 6 };
const PAN_PX = 120;
const PAN_S = 0.15;
/** Where the area may stand when it is framed: clear of the tools, the legend and the header. */
const FRAME = { paddingTopLeft: [70, 30], paddingBottomRight: [30, 110], maxZoom: 21 };
const NARROW_FRAME = { paddingTopLeft: [14, 66], paddingBottomRight: [14, 44], maxZoom: 21 };

/** Vehicles as near as this share of the area's size are framed with it. */
const NEAR_SHARE = 1;

/** @param {number[]} lonLat */
const latLngOf = ([lonDeg, latDeg]) => [latDeg, lonDeg];

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const narrow = matchMedia('(max-width: 599px), (max-height: 559px)');

/** A map that stopped coming changes by itself: its cells age. @param {import('./density.js').Density|null} density */
const isLate = (density) => density !== null && sinceMade(density, performance.now()) > STALE_AFTER_S;

/** North is up: the map does not turn. */
function northArrow() {
  const arrow = svg('path', { d: 'M8 30V14M3 20L8 12L13 20' });
  return svg('svg', { class: 'north', viewBox: '0 0 16 32', 'aria-hidden': 'true' }, svg('text', { x: 8, y: 9, 'text-anchor': 'middle' }, 'N'), arrow);
}

export class DensityMap {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.map = L.map(element, {
      zoomControl: false, attributionControl: false, keyboard: false, zoomAnimation: false, fadeAnimation: false,
      markerZoomAnimation: false, inertia: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120,
      maxZoom: 22, minZoom: 2, boxZoom: false, doubleClickZoom: false, ...START,
    });
    for (const [name, zIndex] of Object.entries(PANES)) this.map.createPane(name).style.zIndex = String(zIndex);
    const scale = L.control.scale({ imperial: false, position: 'bottomright', maxWidth: 110 }).addTo(this.map);
    scale.getContainer().prepend(northArrow());
    this._framed = false;
    /** @type {((lonLat: [number, number]) => void)|null} takes the places that are clicked, while somebody asks for them */
    this.picker = null;
    this._graticule = addGraticule(this.map);
    this.cells = new CellLayers(this.map);
    this.vehicles = new VehicleLayers(this.map);
    this.map.on('click', ({ latlng }) => this._choose(latlng));
    new ResizeObserver(() => this._resized()).observe(element);
    watch((state, changed) => this._follow(state, changed));
  }

  /** @param {number} steps */
  zoom(steps) {
    this.map.setZoom(this.map.getZoom() + steps * this.map.options.zoomDelta, { animate: false });
  }

  /**
   * @param {number} right
   * @param {number} down
   */
  pan(right, down) {
    this.map.panBy([right * PAN_PX, down * PAN_PX], { animate: !calm.matches, duration: PAN_S });
  }

  /** Clicks the middle, for the keyboard. */
  chooseMiddle() {
    this._choose(this.map.getCenter());
  }

  /** Frames the authorised area with the vehicles near it, or the cells where no area is known. @returns {boolean} */
  frame() {
    const { vehicles, density } = current();
    const rings = areasOf(current());
    const corners = rings.length ? rings.flat() : (density?.cells ?? []).map((cell) => cell.centreLonLat);
    if (!corners.length) return false;
    const bounds = L.latLngBounds(corners.map(latLngOf));
    const near = bounds.pad(NEAR_SHARE);
    const craft = featuresOf(vehicles, 'vehicle').map(({ geometry }) => latLngOf(geometry.coordinates));
    for (const place of craft.filter((one) => near.contains(one))) bounds.extend(place);
    this.map.fitBounds(bounds, { animate: false, ...(narrow.matches ? NARROW_FRAME : FRAME) });
    return true;
  }

  /** Puts a place in the middle. @param {import('./geometry.js').Point} lonLat */
  show(lonLat) {
    this._moved = true;
    this.map.panTo(latLngOf(lonLat), { animate: !calm.matches, duration: PAN_S });
  }

  /** Moves the map only when the cell is not in view. @param {import('./density.js').Cell} cell */
  reveal(cell) {
    const [lonDeg, latDeg] = cell.centreLonLat;
    if (!this.map.getBounds().pad(-0.1).contains([latDeg, lonDeg])) this.map.setView([latDeg, lonDeg], this.map.getZoom(), { animate: false });
  }

  /** The reader has not moved the map since it was framed: a new size frames it anew. */
  _resized() {
    if (matchMedia('print').matches) return;
    this.map.invalidateSize({ animate: false });
    if (this._framed && !this._moved) this.reframe();
  }

  /** From here on the frame follows the window, until the reader moves the map. */
  reframe() {
    this._framed = this.frame() && current().vehicles !== null;
    this._moved = false;
    this.map.once('dragstart zoomstart', () => (this._moved = true));
  }

  /** @param {L.LatLng} latlng */
  _choose({ lat, lng }) {
    if (this.picker) return this.picker([lng, lat]);
    const { density } = current();
    const cell = density && cellAt(density, [lng, lat]);
    update({ selected: cell?.id ?? null, inspecting: Boolean(cell) });
  }

  /**
   * @param {import('./state.js').State} state
   * @param {Set<string>} changed
   */
  _follow(state, changed) {
    const placed = changed.has('vehicles') || changed.has('health');
    if (placed || changed.has('language')) this.vehicles.show(state);
    if (placed) this.cells.setAreas(areasOf(state));
    if (!this._framed && (placed || changed.has('density'))) this.reframe();
    if (['density', 'selected', 'theme', 'language'].some((name) => changed.has(name))) this.cells.repaint();
    if (changed.has('tick') && isLate(state.density)) this.cells.repaint();
    if (changed.has('theme') || changed.has('language')) for (const layer of this._graticule) layer.repaint();
  }
}
