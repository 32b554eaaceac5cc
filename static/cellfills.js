/** Fills, patterns and edges of the cells; cells of one look are drawn together. */

import { HATCH, LEVEL_PATTERNS, canvasPattern } from './patterns.js';
import { palette } from './theme.js';

/** @typedef {import('./cells.js').ShownCell} ShownCell */
/** @typedef {import('./canvaslayer.js').Sheet} Sheet */

/** Ground that shows between cells; less where they are so small that it would outweigh the colour. */
const GAP_PX = 1;
const FINE_GAP_PX = 0.5;
/** From this side on a cell carries its number. */
export const NUMBER_FROM_PX = 22;
/** The cost of a path grows faster than its rings: for 10,000 cells, 90 ms as one path and 14 ms in tens. */
const RINGS_IN_A_PATH = 16;
/** Corners nearer than this are one. */
const SAME_PX = 0.02;
const WHOLE_ENOUGH = 0.5;
const STALE_FILL = 0.5;
const EDGE_INSET_PX = 1.5;
const FRAME_INSET_PX = 3;

/**
 * @param {Sheet} sheet
 * @param {ShownCell[]} cells
 * @param {import('./geometry.js').Point[][]} areas screen pixels; all of them is hatched first: what no cell claims is not seen
 * @param {boolean} [hasBaseMap] the hatch lies over the base map, with no ground between
 */
export function paintFills({ context }, cells, areas, hasBaseMap = false) {
  const { ground, hatch } = palette();
  const hatched = (cell) => isUnseen(cell) || isMostlyUnseen(cell);
  const unseen = pathsOf(areas.length ? areas : cells.filter(hatched).map(({ ring }) => ring));
  if (!hasBaseMap) fillWith(context, unseen, ground);
  fillWith(context, unseen, canvasPattern(context, HATCH, hatch));
  fillWith(context, pathsOf(strips(cells.filter((cell) => !hatched(cell)))), ground);
  for (const group of looks(cells.filter((cell) => !isUnseen(cell)))) paintLook(context, group);
}

/** A cell without a fill keeps its hatch where hardly any of it was seen: it must not look empty. */
const isMostlyUnseen = ({ state, cell }) => state === 'suppressed' && cell.observedShare < WHOLE_ENOUGH;

const isUnseen = ({ state }) => state === 'unobserved';

const isFine = ({ sidePx }) => sidePx < NUMBER_FROM_PX;

/**
 * Neighbours in a row as one ring: what is filled without an edge needs none between them.
 * @param {ShownCell[]} cells in reading order; whole squares begin in the same corner and turn the same way
 * @returns {import('./geometry.js').Point[][]}
 */
function strips(cells) {
  const joined = [];
  for (const { ring } of cells) {
    const last = joined[joined.length - 1];
    if (last && areNeighbours(last, ring)) [last[1], last[2]] = [ring[1], ring[2]];
    else joined.push([...ring]);
  }
  return joined;
}

/**
 * @param {import('./geometry.js').Point[]} left
 * @param {import('./geometry.js').Point[]} right
 */
const areNeighbours = (left, right) => left.length === 4 && right.length === 4 && isSame(left[1], right[0]) && isSame(left[2], right[3]);

/**
 * @param {import('./geometry.js').Point} a
 * @param {import('./geometry.js').Point} b
 */
const isSame = ([ax, ay], [bx, by]) => Math.abs(ax - bx) + Math.abs(ay - by) < SAME_PX;

/**
 * @param {ShownCell[]} cells
 * @returns {ShownCell[][]} cells of one state and level together, those too small for a number apart
 */
function looks(cells) {
  const groups = new Map();
  for (const shown of cells) {
    const key = `${shown.state} ${shown.cell.level} ${isFine(shown)}`;
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
  const fine = isFine(group[0]);
  const paths = fine ? inset(group, FINE_GAP_PX / 2) : pathsOf(group.map(({ ring }) => ring));
  const drawn = fine ? pathsOf(strips(group)) : paths;
  if (state !== 'suppressed') fillLevel(context, paths, drawn, cell.level, state === 'stale' ? STALE_FILL : 1);
  if (!fine) line(context, paths, ground, GAP_PX, []);
  if (state === 'suppressed') line(context, inset(group, EDGE_INSET_PX), control, 1, [2, 3]);
  if (state === 'stale') line(context, inset(group, EDGE_INSET_PX), ink2, 1, [4, 3]);
  if (state === 'saturated') line(context, inset(group, FRAME_INSET_PX), inks[cell.level], 2, []);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D[]} paths
 * @param {Path2D[]} drawn what carries the pattern
 * @param {number} level
 * @param {number} opacity
 */
function fillLevel(context, paths, drawn, level, opacity) {
  const { fills, inks } = palette();
  context.globalAlpha = opacity;
  fillWith(context, paths, fills[level]);
  const pattern = LEVEL_PATTERNS[level];
  if (pattern) fillWith(context, drawn, canvasPattern(context, pattern, inks[level]));
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D[]} paths
 * @param {string|CanvasPattern} style
 */
function fillWith(context, paths, style) {
  context.fillStyle = style;
  for (const path of paths) context.fill(path);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D[]} paths
 * @param {string} colour
 * @param {number} widthPx
 * @param {number[]} dashes
 */
function line(context, paths, colour, widthPx, dashes) {
  context.strokeStyle = colour;
  context.lineWidth = widthPx;
  context.setLineDash(dashes);
  for (const path of paths) context.stroke(path);
  context.setLineDash([]);
}

/**
 * @param {import('./geometry.js').Point[][]} rings
 * @returns {Path2D[]} of a few rings each
 */
function pathsOf(rings) {
  const paths = [];
  for (let at = 0; at < rings.length; at += RINGS_IN_A_PATH) paths.push(pathOf(rings.slice(at, at + RINGS_IN_A_PATH)));
  return paths;
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
  return pathsOf(group.map(({ ring, sidePx }) => shrunk(ring, Math.max(0, 1 - (2 * insetPx) / sidePx))));
}

/**
 * @param {import('./geometry.js').Point[]} ring
 * @param {number} share
 */
function shrunk(ring, share) {
  let [middleX, middleY] = [0, 0];
  for (const [x, y] of ring) {
    middleX += x / ring.length;
    middleY += y / ring.length;
  }
  return ring.map(([x, y]) => [middleX + (x - middleX) * share, middleY + (y - middleY) * share]);
}
