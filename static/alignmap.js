/** Tie points on the map: their marks, and a place chosen by pointer, or in the middle by the keyboard. */

import { el, svg } from './dom.js';

const L = globalThis.L;
const MARK_PX = 26;
/** A cross with a free middle, as in the picture. */
const CROSS = 'M1 13H10M16 13H25M13 1V10M13 16V25';

/** @typedef {{lonLat: [number, number], label: string, pending?: boolean}} PlaceMark */

export class AlignMap {
  /**
   * @param {import('./map.js').DensityMap} map
   * @param {(lonLat: [number, number]) => void} chosen
   */
  constructor(map, chosen) {
    this._map = map;
    this._chosen = chosen;
    this._layer = L.layerGroup();
  }

  open() {
    this._map.picker = this._chosen;
    this._layer.addTo(this._map.map);
  }

  close() {
    this._map.picker = null;
    this._layer.clearLayers().remove();
  }

  /** @param {PlaceMark[]} marks */
  mark(marks) {
    this._layer.clearLayers();
    for (const { lonLat: [lonDeg, latDeg], label, pending } of marks) {
      const cross = ['halo', 'ink'].map((name) => svg('path', { class: name, d: CROSS }));
      const plate = pending ? [] : [el('b', {}, label)];
      const html = el('span', { class: 'align-mark' }, svg('svg', { viewBox: '0 0 26 26', 'aria-hidden': 'true' }, ...cross), ...plate);
      const icon = L.divIcon({ className: 'craft-anchor', html, iconSize: [MARK_PX, MARK_PX] });
      L.marker([latDeg, lonDeg], { icon, pane: 'craft', keyboard: false, interactive: false }).addTo(this._layer);
    }
  }
}
