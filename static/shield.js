/** The mark of a sealed worker. */

import { svg } from './dom.js';

const OUTLINE = 'M5.500 .5l4.800 1.700v3.500c0 3-2.100 4.900-4.800 5.800C2.800 10.600.7 8.700.7 5.700V2.200z';
const TICK = 'M3.200 6l1.700 1.700 3-3.200';

/** @returns {SVGElement} */
export function shield() {
  const line = { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.3 };
  const tick = svg('path', { class: 'shield-tick', d: TICK, ...line });
  return svg('svg', { class: 'shield', viewBox: '0 0 11 12', 'aria-hidden': 'true' }, svg('path', { d: OUTLINE, ...line }), tick);
}
