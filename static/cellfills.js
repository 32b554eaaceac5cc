/** Fills, patterns and edges of the cells. Cells of one look are drawn as one path. */

import { HATCH, LEVEL_PATTERNS, canvasPattern } from './patterns.js';
import { palette } from './theme.js';

/** @typedef {import('./cells.js').ShownCell} ShownCell */
/** @typedef {import('./canvaslayer.js').Sheet} Sheet */

const STALE_FILL = 0.5;
const EDGE_INSET_PX = 1.5;
const FRAME_INSET_PX = 3;

/**
 * @param {Sheet} sheet
 * @param {ShownCell[]} cells
 * @param {import('./geometry.js').Point[][]} areas screen pixels; all of them is hatched first: what no cell claims is not seen
 */
export function paintFills({ context }, cells, areas) {
  const { ground } = palette();
  const unseen = areas.length ? pathOf(areas) : pathOf(cells.filter(isUnseen).map(({ ring }) => ring));
  context.save();
  if (areas.length) context.clip(unseen);
  fillWith(context, unseen, ground);
  fillWith(context, unseen, canvasPattern(context, HATCH, palette().hatch));
  const seen = cells.filter((cell) => !isUnseen(cell));
  fillWith(context, pathOf(seen.map(({ ring }) => ring)), ground);
  for (const group of looks(seen)) paintLook(context, group);
  context.restore();
}

const isUnseen = ({ state }) => state === 'unobserved';

/**
 * @param {ShownCell[]} cells
 * @returns {ShownCell[][]} cells of one state and level together
 */
function looks(cells) {
  const groups = new Map();
  for (const shown of cells) {
    const key = `${shown.state} ${shown.cell.level}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(shown);
  }
  return [...groups.values()];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownCell[]} group
 */
function paintLook(context, group) {
  const [{ state, cell }] = group;
  const { ground, control, ink2, inks } = palette();
  const path = pathOf(group.map(({ ring }) => ring));
  if (state !== 'suppressed') fillLevel(context, path, cell.level, state === 'stale' ? STALE_FILL : 1);
  line(context, path, ground, 1, []);
  if (state === 'suppressed') line(context, inset(group, EDGE_INSET_PX), control, 1, [2, 3]);
  if (state === 'stale') line(context, inset(group, EDGE_INSET_PX), ink2, 1, [4, 3]);
  if (state === 'saturated') line(context, inset(group, FRAME_INSET_PX), inks[cell.level], 2, []);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {number} level
 * @param {number} opacity
 */
function fillLevel(context, path, level, opacity) {
  const { fills, inks } = palette();
  context.globalAlpha = opacity;
  fillWith(context, path, fills[level]);
  const pattern = LEVEL_PATTERNS[level];
  if (pattern) fillWith(context, path, canvasPattern(context, pattern, inks[level]));
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {string|CanvasPattern} style
 */
function fillWith(context, path, style) {
  context.fillStyle = style;
  context.fill(path);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {string} colour
 * @param {number} widthPx
 * @param {number[]} dashes
 */
function line(context, path, colour, widthPx, dashes) {
  context.strokeStyle = colour;
  context.lineWidth = widthPx;
  context.setLineDash(dashes);
  context.stroke(path);
  context.setLineDash([]);
}

/**
 * @param {import('./geometry.js').Point[][]} rings
 * @returns {Path2D}
 */
export function pathOf(rings) {
  const path = new Path2D();
  for (const ring of rings) {
    ring.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  return path;
}

/**
 * Rings drawn towards their middle: an inner edge that its neighbours cannot hide.
 * @param {ShownCell[]} group
 * @param {number} insetPx
 */
function inset(group, insetPx) {
  return pathOf(group.map(({ ring, sidePx }) => shrunk(ring, Math.max(0, 1 - (2 * insetPx) / sidePx))));
}

/**
 * @param {import('./geometry.js').Point[]} ring
 * @param {number} share
 */
function shrunk(ring, share) {
  const middleX = ring.reduce((sum, [x]) => sum + x, 0) / ring.length;
  const middleY = ring.reduce((sum, [, y]) => sum + y, 0) / ring.length;
  return ring.map(([x, y]) => [middleX + (x - middleX) * share, middleY + (y - middleY) * share]);
}
