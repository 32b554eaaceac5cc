/** Zones on the map: a thin solid line each, and a plate with its name and how full it is. */

import { el, setAttributes, setText, svg } from './dom.js';
import { extent, opened } from './geometry.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { leader, zonePlaces } from './zoneplates.js';
import { peopleText, shareText, spokenText, timeText } from './zonewords.js';

const L = globalThis.L;

/** What stands over the map and hides what lies under it. */
const FURNITURE = ['.tools', '.legend-map', '#inspector', '#notice', '#zone-panel', '.leaflet-control-scale', '.craft-picture', '.craft .plate', '.pin'];
const BAR_PX = 100;

/** @typedef {{properties: Record<string, any>, geometry: {coordinates: import('./geometry.js').Point[][]}}} Feature */

export class ZoneLayers {
  /**
   * @param {L.Map} map
   * @param {(id: string) => void} chosen a plate was clicked
   */
  constructor(map, chosen) {
    for (const [name, zIndex] of [['zones', 405], ['zoneplates', 560]]) map.createPane(name).style.zIndex = String(zIndex);
    this._map = map;
    this._chosen = chosen;
    this._renderer = L.svg({ pane: 'zones', padding: 0.3 });
    this._lines = L.layerGroup().addTo(map);
    this._linesText = '';
    /** @type {Map<string, {plate: HTMLElement, place: L.LatLng|null}>} */
    this._plates = new Map();
    /** The zone that is being edited: its line is the drawing's. @type {string|null} */
    this.edited = null;
    this._asked = 0;
    map.on('zoomend moveend resize viewreset', () => this.place());
    watch((_, changed) => {
      if (['zones', 'language', 'tick', 'theme'].some((name) => changed.has(name))) this.show();
      if (['vehicles', 'alerts', 'inspecting', 'health'].some((name) => changed.has(name))) this.place();
    });
  }

  /** @returns {Feature[]} */
  get features() {
    return current().zones?.features ?? [];
  }

  show() {
    this._showLines();
    const ids = new Set(this.features.map(({ properties }) => properties.id));
    for (const [id, { plate }] of this._plates) if (!ids.has(id)) this._remove(id, plate);
    const [nowMs, utcMs] = [stationNowMs(), Date.parse(current().zones?.utc ?? '')];
    const oldS = Number.isFinite(nowMs - utcMs) ? Math.max(0, (nowMs - utcMs) / 1000) : 0;
    for (const { properties } of this.features) dress(this._plate(properties.id), properties, nowMs, oldS);
    this.place();
  }

  _showLines() {
    const text = JSON.stringify([this.edited, this.features.map(({ properties, geometry }) => [properties.id, geometry.coordinates])]);
    if (text === this._linesText) return;
    this._linesText = text;
    this._lines.clearLayers();
    for (const { properties, geometry } of this.features) {
      if (properties.id === this.edited) continue;
      const ring = opened(geometry.coordinates[0]).map(([lonDeg, latDeg]) => [latDeg, lonDeg]);
      for (const className of ['zone-halo', 'zone-line']) this._lines.addLayer(L.polygon(ring, { renderer: this._renderer, className, interactive: false, smoothFactor: 0.5 }));
    }
  }

  /** @param {string} id */
  _plate(id) {
    if (!this._plates.has(id)) {
      const plate = zonePlate();
      plate.addEventListener('click', () => this._chosen(id));
      L.DomEvent.disableClickPropagation(plate);
      this._map.getPane('zoneplates').append(plate);
      this._plates.set(id, { plate, place: null });
    }
    return this._plates.get(id).plate;
  }

  /**
   * @param {string} id
   * @param {HTMLElement} plate
   */
  _remove(id, plate) {
    plate.remove();
    this._plates.delete(id);
  }

  /** Finds each plate its place once before the next frame. */
  place() {
    if (!this._asked) this._asked = requestAnimationFrame(() => this._placeNow());
  }

  _placeNow() {
    this._asked = 0;
    const frame = this._map.getContainer().getBoundingClientRect();
    if (!this.features.length || !frame.width) return;
    const rings = new Map(this.features.map(({ properties, geometry }) => [properties.id, this._ring(geometry)]));
    const wanted = [...rings].map(([id, ring]) => this._wanted(id, ring));
    const places = zonePlaces(wanted, furniture(frame), { left: 0, top: 0, right: frame.width, bottom: frame.height });
    const placed = new Map(places.map((place) => [place.id, place]));
    for (const { id, width, height } of wanted) this._put(id, placed.get(id), rings.get(id), { width, height });
  }

  /** @returns {import('./geometry.js').Point[]} pixels of the map's frame */
  _ring({ coordinates }) {
    return opened(coordinates[0]).map(([lonDeg, latDeg]) => this._map.latLngToContainerPoint([latDeg, lonDeg])).map(({ x, y }) => [x, y]);
  }

  /**
   * @param {string} id
   * @param {import('./geometry.js').Point[]} ring
   */
  _wanted(id, ring) {
    const { left, top, width: wide, height: high } = extent(ring);
    const { plate, place } = this._plates.get(id);
    const before = place && this._map.latLngToContainerPoint(place);
    const zone = { left, top, right: left + wide, bottom: top + high };
    return { id, zone, width: plate.offsetWidth, height: plate.offsetHeight, before: before && { left: before.x, top: before.y } };
  }

  /**
   * @param {string} id
   * @param {import('./zoneplates.js').Place|undefined} place
   * @param {import('./geometry.js').Point[]} ring
   * @param {{width: number, height: number}} size
   */
  _put(id, place, ring, { width, height }) {
    const one = this._plates.get(id);
    one.plate.classList.toggle('away', !place || id === this.edited);
    one.place = place ? this._map.containerPointToLatLng([place.left, place.top]) : null;
    if (!place) return;
    L.DomUtil.setPosition(one.plate, this._map.containerPointToLayerPoint([place.left, place.top]).round());
    const line = leader({ left: place.left, top: place.top, right: place.left + width, bottom: place.top + height }, ring);
    const path = line.map(([x, y], at) => `${at ? 'L' : 'M'}${x - place.left} ${y - place.top}`).join('');
    for (const part of one.plate.querySelectorAll('.zone-leader path')) part.setAttribute('d', path);
  }
}

/** @param {DOMRect} frame of the map @returns {import('./plates.js').Box[]} what plates must not lie over */
function furniture(frame) {
  const parts = FURNITURE.flatMap((selector) => [...document.querySelectorAll(selector)]);
  return parts.map((part) => part.getBoundingClientRect()).filter(({ width }) => width > 0)
    .map(({ left, right, top, bottom }) => ({ left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top }));
}

/** @returns {HTMLElement} name and share, a bar with a mark at 90 %, people and time */
function zonePlate() {
  const bar = [
    svg('rect', { class: 'zone-bar-ground', width: BAR_PX, height: 5 }),
    svg('rect', { class: 'zone-bar-hatch', width: BAR_PX, height: 5, fill: 'url(#pattern-hatch)' }),
    svg('rect', { class: 'zone-bar-fill', width: 0, height: 5 }),
    svg('path', { class: 'zone-bar-mark', d: `M${0.9 * BAR_PX} -2V7` }),
  ];
  const leaders = svg('svg', { class: 'zone-leader', 'aria-hidden': 'true' }, svg('path', { class: 'halo' }), svg('path', { class: 'ink' }));
  const picture = svg('svg', { class: 'zone-bar-picture', viewBox: `0 -2 ${BAR_PX} 9`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...bar);
  const head = el('span', { class: 'zone-head' }, el('b', { class: 'zone-name' }), el('b', { class: 'zone-share' }));
  const figures = el('span', { class: 'zone-figures' }, el('span', { class: 'zone-people' }), el('b', { class: 'zone-time' }));
  // the list in the panel is the way for the keyboard
  return el('button', { type: 'button', class: 'zone-plate', tabindex: -1 }, leaders, head, picture, figures);
}

/**
 * @param {HTMLElement} plate
 * @param {Record<string, any>} zone
 * @param {number} nowMs
 * @param {number} oldS
 */
function dress(plate, zone, nowMs, oldS) {
  const share = zone.fill_share;
  setText(plate.querySelector('.zone-name'), zone.name);
  setText(plate.querySelector('.zone-share'), shareText(zone));
  setText(plate.querySelector('.zone-people'), peopleText(zone));
  setText(plate.querySelector('.zone-time'), timeText(zone, nowMs, oldS));
  setAttributes(plate.querySelector('.zone-bar-fill'), { width: BAR_PX * Math.min(share ?? 0, 1) });
  plate.classList.toggle('unseen', share === null);
  plate.setAttribute('aria-label', spokenText(zone, nowMs, oldS));
}
