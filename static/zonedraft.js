/** A zone while it is drawn: corners set by pointer, finger or keyboard; each can be moved. */

import { el, setText } from './dom.js';
import { word } from './words.js';

const L = globalThis.L;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP_PX = 10;
const FINE_PX = 1;
/** So near its edge the crosshair takes the map along. */
const EDGE_PX = 24;

/** @typedef {import('./geometry.js').Point} Point */

export class ZoneDraft {
  /**
   * @param {import('./map.js').DensityMap} map
   * @param {() => void} changed
   */
  constructor(map, changed) {
    map.map.createPane('draft').style.zIndex = '630';
    this._densityMap = map;
    this._map = map.map;
    this._changed = changed;
    this._renderer = L.svg({ pane: 'draft', padding: 0.3 });
    this._layer = L.layerGroup();
    /** @type {Point[]} [lon, lat] */
    this.corners = [];
    this._crosshair = el('div', { class: 'crosshair', 'aria-hidden': 'true' });
    /** @type {{x: number, y: number}|null} of the map's frame */
    this._at = null;
    this._element = this._map.getContainer();
    this._element.append(this._crosshair);
    this._element.addEventListener('keydown', (event) => this.isOpen && this._key(event) && (event.preventDefault(), event.stopPropagation()));
    this.isOpen = false;
  }

  open() {
    this.isOpen = true;
    this._densityMap.picker = (lonLat) => this.add(lonLat);
    this._layer.addTo(this._map);
    this._at = null;
    this._place(0, 0);
    document.body.classList.add('drawing');
    this._element.setAttribute('aria-label', word('zone_map'));
    this._element.focus({ preventScroll: true });
  }

  close() {
    this.isOpen = false;
    this._densityMap.picker = null;
    this._layer.remove();
    document.body.classList.remove('drawing');
    this._element.setAttribute('aria-label', word('map'));
  }

  /** @param {Point[]} corners */
  set(corners) {
    this.corners = corners;
    this._changed();
  }

  /** @param {Point} lonLat */
  add(lonLat) {
    this._say(word('zone_corner_set', { number: this.corners.length + 1 }));
    this.set([...this.corners, lonLat]);
  }

  undo() {
    if (!this.corners.length) return;
    this._say(word('zone_corner_gone', { count: this.corners.length - 1 }));
    this.set(this.corners.slice(0, -1));
  }

  /** @param {string} text */
  _say(text) {
    setText(document.getElementById('spoken'), text);
  }

  /** @param {KeyboardEvent} event @returns {boolean} it was for us */
  _key({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return false;
    const stepPx = shiftKey ? FINE_PX : STEP_PX;
    if (key in ARROWS) this._place(ARROWS[key][0] * stepPx, ARROWS[key][1] * stepPx);
    else if (key === 'Enter') this._setHere();
    else if (key === 'Backspace') this.undo();
    else return false;
    return true;
  }

  _setHere() {
    const { lat, lng } = this._map.containerPointToLatLng([this._at.x, this._at.y]);
    this.add([lng, lat]);
  }

  /**
   * @param {number} right
   * @param {number} down
   */
  _place(right, down) {
    const size = this._map.getSize();
    const from = this._at ?? { x: Math.round(size.x / 2), y: Math.round(size.y / 2) };
    const to = { x: from.x + right, y: from.y + down };
    const outside = to.x < EDGE_PX || to.y < EDGE_PX || to.x > size.x - EDGE_PX || to.y > size.y - EDGE_PX;
    if (outside) this._map.panBy([right, down], { animate: false });
    this._at = outside ? from : to;
    L.DomUtil.setPosition(this._crosshair, L.point(this._at.x, this._at.y));
  }

  /** @param {number[]} wrong corners that a fault is about */
  show(wrong) {
    this._layer.clearLayers();
    const ring = this.corners.map(([lonDeg, latDeg]) => [latDeg, lonDeg]);
    const options = { renderer: this._renderer, interactive: false, smoothFactor: 0 };
    const lines = ['draft-halo', wrong.length ? 'draft-line wrong' : 'draft-line'];
    for (const className of lines) this._layer.addLayer((ring.length > 2 ? L.polygon : L.polyline)(ring, { ...options, className }));
    this.corners.forEach((_, index) => this._layer.addLayer(this._handle(index, ring, wrong.includes(index))));
  }

  /**
   * @param {number} index
   * @param {[number, number][]} ring [lat, lon]
   * @param {boolean} wrong
   */
  _handle(index, ring, wrong) {
    const html = el('span', { class: wrong ? 'draft-corner wrong' : 'draft-corner' }, String(index + 1));
    const icon = L.divIcon({ className: 'draft-anchor', html, iconSize: [44, 44] });
    const handle = L.marker(ring[index], { icon, pane: 'draft', draggable: true, keyboard: false, autoPan: true });
    handle.on('dragend', () => {
      const { lat, lng } = handle.getLatLng();
      this.set(this.corners.map((corner, at) => (at === index ? [lng, lat] : corner)));
    });
    return handle;
  }
}
