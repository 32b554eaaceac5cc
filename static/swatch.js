/** A small square that looks as a cell looks on the map: for legend, inspector and table. */

import { svg } from './dom.js';
import { LEVEL_PATTERNS } from './patterns.js';

/**
 * @param {import('./density.js').CellState|'flow'} state
 * @param {number} level -1 without a figure
 * @returns {SVGElement}
 */
export function swatch(state, level) {
  return svg('svg', { class: `swatch swatch-${state}`, viewBox: '0 0 22 22', 'aria-hidden': 'true' }, ...parts[state](level));
}

/**
 * A bar in the colour and pattern of a level, as wide as its place.
 * @param {number} level
 */
export const levelBar = (level) => svg('svg', { class: 'level-bar', 'aria-hidden': 'true' }, ...filled(level));

/** Hatch that fills its place. */
export const hatched = () => svg('svg', { class: 'hatched', 'aria-hidden': 'true' }, svg('rect', { width: '100%', height: '100%', fill: 'url(#pattern-hatch)' }));

/**
 * @param {number} level
 * @returns {SVGElement[]}
 */
function filled(level) {
  const fill = svg('rect', { width: '100%', height: '100%', fill: `var(--level-${level})` });
  const pattern = svg('rect', { width: '100%', height: '100%', fill: `url(#pattern-${level})` });
  return LEVEL_PATTERNS[level] ? [fill, pattern] : [fill];
}

const frame = (attributes) => svg('rect', { x: 1, y: 1, width: 20, height: 20, fill: 'none', ...attributes });

const text = (content, colour) => svg('text', { x: 11, y: 15.5, 'text-anchor': 'middle', fill: colour }, content);

/** @type {Record<string, (level: number) => SVGElement[]>} */
const parts = {
  observed: (level) => filled(level),
  stale: (level) => [svg('g', { opacity: 0.5 }, ...filled(level)), frame({ stroke: 'var(--ink2)', 'stroke-dasharray': '4 3' })],
  unobserved: () => [svg('rect', { width: 22, height: 22, fill: 'url(#pattern-hatch)' }), frame({ stroke: 'var(--control)' })],
  suppressed: () => [frame({ stroke: 'var(--control)', 'stroke-dasharray': '2 3' }), text('1–6', 'var(--ink2)')],
  saturated: (level) => [
    ...filled(level),
    svg('rect', { x: 3, y: 3, width: 16, height: 16, fill: 'none', stroke: `var(--level-ink-${level})`, 'stroke-width': 2 }),
    text('≥', `var(--level-ink-${level})`),
  ],
  flow: () => ['var(--halo)', 'var(--ink)'].map((stroke, index) => svg('path', { d: 'M3 15L19 7M13 6L19 7L16 12', fill: 'none', stroke, 'stroke-width': [4.5, 1.8][index], 'stroke-linecap': 'round' })),
};
