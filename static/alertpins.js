/** Alerts on the map: a pin with the number of the card in the colour of its level. */

import { hueOf } from './alertlist.js';
import { el, setAttributes, setText, svg } from './dom.js';

const L = globalThis.L;

/** The point stands on the place; above it a disc of 28 px. */
const SHAPE = 'M0 0L-9-11A14 14 0 1 1 9-11Z';

/** @typedef {import('./alertlist.js').Alert} Alert */

export class AlertPins {
  /**
   * @param {L.Map} map
   * @param {(id: string) => void} chosen
   */
  constructor(map, chosen) {
    map.createPane('pins').style.zIndex = '620';
    this._map = map;
    this._chosen = chosen;
    /** @type {Map<string, {marker: L.Marker, icon: HTMLElement}>} */
    this._pins = new Map();
  }

  /**
   * @param {Alert[]} cards
   * @param {string|null} chosen
   * @param {(alert: Alert, number: number) => string} nameOf
   */
  show(cards, chosen, nameOf) {
    const numbered = cards.map((alert, place) => ({ alert, number: place + 1 })).filter(({ alert }) => alert.kind !== 'forecast');
    const ids = new Set(numbered.map(({ alert }) => alert.id));
    for (const [id, { marker }] of this._pins) if (!ids.has(id)) this._remove(id, marker);
    // the first card's pin lies on top
    for (const { alert, number } of numbered) this._dress(alert, number, { chosen: alert.id === chosen, name: nameOf(alert, number) });
  }

  /**
   * @param {Alert} alert
   * @param {number} number
   * @param {{chosen: boolean, name: string}} look
   */
  _dress(alert, number, { chosen, name }) {
    const [lonDeg, latDeg] = alert.lon_lat;
    const { marker, icon } = this._pins.get(alert.id) ?? this._add(alert.id, [latDeg, lonDeg]);
    marker.setLatLng([latDeg, lonDeg]);
    marker.setZIndexOffset(10000 - 100 * number);
    setAttributes(icon, { 'data-hue': hueOf(alert), 'aria-label': name, title: name });
    icon.classList.toggle('chosen', chosen);
    icon.classList.toggle('acknowledged', Boolean(alert.acknowledged));
    setText(icon.querySelector('text'), String(number));
  }

  /**
   * @param {string} id
   * @param {[number, number]} latLng
   */
  _add(id, latLng) {
    const shapes = ['pin-halo', 'pin-fill'].map((name) => svg('path', { class: name, d: SHAPE }));
    const label = svg('text', { x: 0, y: -17, 'text-anchor': 'middle' });
    const picture = svg('svg', { viewBox: '-22 -42 44 44', 'aria-hidden': 'true' }, ...shapes, label);
    // the cards are the way for the keyboard
    const icon = el('button', { type: 'button', class: 'pin', tabindex: -1 }, picture);
    icon.addEventListener('click', () => this._chosen(id));
    L.DomEvent.disableClickPropagation(icon);
    const divIcon = L.divIcon({ html: icon, className: 'pin-anchor', iconSize: [0, 0] });
    const marker = L.marker(latLng, { icon: divIcon, pane: 'pins', keyboard: false, interactive: false }).addTo(this._map);
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

  /** Frames of the pins on the screen, for what must not lie over them. @returns {DOMRect[]} */
  frames() {
    return [...this._pins.values()].map(({ icon }) => icon.getBoundingClientRect());
  }
}
