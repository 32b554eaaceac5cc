/** The signs of the pilot's page: link, battery, how the picture lies. Line drawings, no hue. */

import { svg } from './dom.js';

const FRAME = 'M8 10H48V46H8Z';
const TICK = 'M17 28l8 9 15-18';
const MARK = 'M28 17v15M28 37v4';
const CROSS = 'M18 19l20 18M38 19L18 37';
const ASK = 'M21 23q0-7 7-7t7 6-7 8v3M28 38v4';
const SIGNS = { inside: TICK, edge: MARK, partly: MARK, outside: CROSS };
const BARS = ['M1 12h3v4H1z', 'M6.500 8h3v8h-3z', 'M12 4h3v12h-3z', 'M17.500 0h3v16h-3z'];
/** Of a full charge. */
const CELL_PX = 20;

/** @param {string} code of the status @returns {SVGElement[]} in a box of 56 */
export function statusSign(code) {
  const frame = svg('path', { d: FRAME, 'stroke-width': 3.5, 'stroke-dasharray': '10 5' });
  return [frame, svg('path', { d: SIGNS[code] ?? ASK, 'stroke-width': 5.5 })];
}

/** @param {'connected'|'stale'|'lost'|'never'} state */
export function linkSign(state) {
  const full = { connected: 4, stale: 2 }[state] ?? 0;
  return svg('svg', { viewBox: '0 0 22 16', width: 22, 'aria-hidden': 'true' }, ...BARS.map((d, place) => svg('path', { d, class: place < full ? '' : 'none' })));
}

/** @param {number|null} share */
export function batterySign(share) {
  const frame = svg('rect', { class: 'frame', x: 1, y: 1, width: 25, height: 14, rx: 2 });
  const charge = svg('rect', { x: 3.5, y: 3.5, width: Math.round((share ?? 0) * CELL_PX), height: 9 });
  return svg('svg', { viewBox: '0 0 30 16', width: 30, 'aria-hidden': 'true' }, frame, charge, svg('path', { d: 'M27.500 5h2v6h-2z' }));
}

/** Of the gate's shield. */
export const GATE_SIGNS = { open: 'M10 18l5 5 9-10', closed: 'M11 13l12 12M23 13L11 25', unknown: 'M17 12v8M17 24v2' };
