/**
 * The level patterns and the hatch, in screen pixels, for canvases and for SVG swatches. The busier, the denser; diagonal
 * hatch means "not seen" and nothing else.
 */

import { svg } from './dom.js';

/**
 * @typedef {object} Pattern
 * @property {number} stepPx side of the square tile
 * @property {string} path SVG path inside the tile
 * @property {number} linePx 0 fills the path
 * @property {number} opacity
 */

const dots = (stepPx, radiusPx) => {
  const at = stepPx / 2 - radiusPx;
  const arc = `a${radiusPx} ${radiusPx} 0 1 0 ${2 * radiusPx} 0a${radiusPx} ${radiusPx} 0 1 0 ${-2 * radiusPx} 0`;
  return `M${at} ${stepPx / 2}${arc}z`;
};

/** By level; the first is plain. @type {(Pattern|null)[]} */
export const LEVEL_PATTERNS = [
  null,
  { stepPx: 11, path: dots(11, 1.1), linePx: 0, opacity: 0.5 },
  { stepPx: 5.5, path: dots(5.5, 1.05), linePx: 0, opacity: 0.5 },
  { stepPx: 5.5, path: 'M0 2.75H5.5', linePx: 1.1, opacity: 0.5 },
  { stepPx: 5.5, path: 'M0 2.75H5.5M2.75 0V5.5', linePx: 1, opacity: 0.42 },
];

/** 45 degrees, lines 7 px apart, 1.6 px thick; the ends beyond the tile close its corners. @type {Pattern} */
export const HATCH = { stepPx: 9.9, path: 'M-1 10.9L10.900 -1M-1 1L1 -1M8.900 10.9L10.900 8.900', linePx: 1.6, opacity: 1 };

/** Tiles are drawn this many times finer than the screen, so that half pixels stay where they belong. */
const FINE = 4;

/** @type {Map<string, HTMLCanvasElement>} */
const tiles = new Map();

/**
 * @param {CanvasRenderingContext2D} context its unit is one screen pixel
 * @param {Pattern} pattern
 * @param {string} colour
 * @returns {CanvasPattern}
 */
export function canvasPattern(context, pattern, colour) {
  const key = `${pattern.path} ${colour}`;
  if (!tiles.has(key)) tiles.set(key, tileOf(pattern, colour));
  const tile = tiles.get(key);
  const made = context.createPattern(tile, 'repeat');
  made.setTransform(new DOMMatrix().scale(pattern.stepPx / tile.width));
  return made;
}

/**
 * @param {Pattern} pattern
 * @param {string} colour
 */
function tileOf(pattern, colour) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = Math.round(pattern.stepPx * FINE);
  const context = tile.getContext('2d');
  context.scale(tile.width / pattern.stepPx, tile.width / pattern.stepPx);
  context.globalAlpha = pattern.opacity;
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = pattern.linePx;
  const path = new Path2D(pattern.path);
  if (pattern.linePx) context.stroke(path);
  else context.fill(path);
  return tile;
}

/**
 * Every pattern as an SVG definition, to be put into the page once; their ids are `pattern-0` to `pattern-4` and `pattern-hatch`.
 * @returns {SVGElement}
 */
export function patternDefinitions() {
  const levels = LEVEL_PATTERNS.flatMap((pattern, level) => (pattern ? [definition(pattern, `pattern-${level}`, `var(--level-ink-${level})`)] : []));
  const hatch = definition(HATCH, 'pattern-hatch', 'var(--hatch)');
  return svg('svg', { class: 'pattern-definitions', 'aria-hidden': 'true', width: 0, height: 0 }, svg('defs', {}, ...levels, hatch));
}

/**
 * @param {Pattern} pattern
 * @param {string} id
 * @param {string} colour
 */
function definition({ stepPx, path, linePx, opacity }, id, colour) {
  const shape = linePx ? { fill: 'none', stroke: colour, 'stroke-width': linePx } : { fill: colour };
  const drawn = svg('path', { d: path, opacity, ...shape });
  return svg('pattern', { id, width: stepPx, height: stepPx, patternUnits: 'userSpaceOnUse' }, drawn);
}
