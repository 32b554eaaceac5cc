/** Places where eyes are wanted, on the map: an eye in a disc; from the vehicle that goes, a dashed way. */

import { el, setAttributes, svg } from './dom.js';

const L = globalThis.L;
const EYE = 'M-12 0Q0-12 12 0Q0 12-12 0Z';

/** @typedef {{id: string, lonLat: import('./geometry.js').Point, name: string, from: import('./geometry.js').Point|null}} Pin */

const latLngOf = ([lonDeg, latDeg]) => [latDeg, lonDeg];

export class LookoutPins {
  /**
   * @param {L.Map} map
   * @param {(id: string) => void} [chosen] without it pins are no buttons
   */
  constructor(map, chosen) {
    map.createPane('lookouts').style.zIndex = '610';
    this._map = map;
    this._chosen = chosen;
    this._renderer = L.svg({ pane: 'lines', padding: 0.3 });
    this._ways = L.layerGroup().addTo(map);
    this._text = '';
    /** @type {Map<string, {marker: L.Marker, icon: HTMLElement}>} */
    this._pins = new Map();
  }

  /** @param {Pin[]} pins */
  show(pins) {
    const ids = new Set(pins.map(({ id }) => id));
    for (const [id, { marker }] of this._pins) if (!ids.has(id)) this._remove(id, marker);
    for (const pin of pins) this._dress(pin);
    this._showWays(pins.filter(({ from }) => from));
  }

  /** @param {Pin[]} pins */
  _showWays(pins) {
    const text = JSON.stringify(pins.map(({ from, lonLat }) => [from, lonLat]));
    if (text === this._text) return;
    this._text = text;
    this._ways.clearLayers();
    for (const { from, lonLat } of pins) {
      for (const className of ['lookout-way-halo', 'lookout-way']) this._ways.addLayer(L.polyline([latLngOf(from), latLngOf(lonLat)], { renderer: this._renderer, className, interactive: false }));
    }
  }

  /** @param {Pin} pin */
  _dress({ id, lonLat, name }) {
    const { marker, icon } = this._pins.get(id) ?? this._add(id, latLngOf(lonLat));
    marker.setLatLng(latLngOf(lonLat));
    setAttributes(icon, { 'aria-label': name, title: name });
  }

  /**
   * @param {string} id
   * @param {[number, number]} latLng
   */
  _add(id, latLng) {
    const picture = svg('svg', { viewBox: '-24 -24 48 48', 'aria-hidden': 'true' }, svg('circle', { class: 'lookout-disc', r: 20 }), svg('path', { class: 'lookout-eye', d: EYE }), svg('circle', { class: 'lookout-pupil', r: 4 }));
    const icon = this._chosen ? el('button', { type: 'button', class: 'lookout-pin', tabindex: -1 }, picture) : el('div', { class: 'lookout-pin', role: 'img' }, picture);
    if (this._chosen) icon.addEventListener('click', () => this._chosen(id));
    L.DomEvent.disableClickPropagation(icon);
    const divIcon = L.divIcon({ html: icon, className: 'lookout-anchor', iconSize: [44, 44] });
    const marker = L.marker(latLng, { icon: divIcon, pane: 'lookouts', keyboard: false, interactive: false }).addTo(this._map);
    this._pins.set(id, { marker, icon });
    return this._pins.get(id);
  }

  /**
   * @param {string} id
   * @param {L.Marker} marker
   */
  _remove(id, marker) {
    marker.remove();
    this._pins.delete(id);
  }
}
