/** How people walk on the whole: an arrow beside the figures of each cell whose flow the station tells. */

import { STALE_AFTER_S, sinceMade } from './density.js';
import { worldFromLonLat } from './geometry.js';
import { palette } from './theme.js';

/** @typedef {import('./density.js').Flow} Flow */

const EARTH_ROUND_M = 40_075_016.686;
/** On smaller cells an arrow says nothing. */
const FROM_PX = 30;
/** Share of the side, from the middle, at which the arrow lies: between a number and its edge, or where four cells meet. */
const BELOW_SHARE = 0.37;
/** An arrow of a brisk walk is so much of the side long; faster ones no longer. */
const BRISK_M_S = 1.5;
const BRISK_SHARE = 0.5;
const LEAST_PX = 9;
const HEAD_PX = 5;
const WIDTHS_PX = [4.5, 1.8];

/**
 * The flows that still speak of now.
 * @param {import('./density.js').Density} density
 * @param {number} nowMs `performance.now()`
 * @returns {Flow[]}
 */
export const flowsNow = (density, nowMs) => (density.frozen || sinceMade(density, nowMs) > STALE_AFTER_S ? [] : density.flows);

/**
 * The flow of the ground that a cell lies on.
 * @param {import('./density.js').Cell} cell
 * @param {import('./density.js').Density} density
 * @param {number} nowMs
 * @returns {Flow|undefined}
 */
export function flowOf(cell, density, nowMs) {
  const [sizeM, east, north] = cell.id.split('/').map(Number);
  const within = ({ cell: name }) => {
    const [wholeM, wholeEast, wholeNorth] = name.split('/').map(Number);
    const times = wholeM / sizeM;
    return times >= 1 && Math.floor(east / times) === wholeEast && Math.floor(north / times) === wholeNorth;
  };
  return flowsNow(density, nowMs).find(within);
}

/**
 * @param {import('./canvaslayer.js').Sheet} sheet
 * @param {import('./density.js').Density} density
 */
export function paintFlows({ context, view, scale, screenFromWorld }, density) {
  const { halo, ink } = palette();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const flow of flowsNow(density, performance.now())) {
    const sidePx = (flow.sizeM * scale * 256) / (EARTH_ROUND_M * Math.cos((flow.lonLat[1] * Math.PI) / 180));
    const [x, y] = screenFromWorld(worldFromLonLat(flow.lonLat));
    const inView = x > view.left && y > view.top && x < view.left + view.width && y < view.top + view.height;
    if (sidePx < FROM_PX || !inView || flow.bearingDeg === null) continue;
    const below = density.byId.has(flow.cell) ? BELOW_SHARE * sidePx : 0;
    const path = arrowPath(x, y + below, flow.bearingDeg, lengthOf(flow, sidePx));
    for (const [index, colour] of [halo, ink].entries()) {
      context.strokeStyle = colour;
      context.lineWidth = WIDTHS_PX[index];
      context.stroke(path);
    }
  }
}

/**
 * @param {Flow} flow
 * @param {number} sidePx
 */
const lengthOf = ({ speedMS }, sidePx) => Math.max(LEAST_PX, BRISK_SHARE * sidePx * Math.min(1, speedMS / BRISK_M_S));

/**
 * @param {number} x
 * @param {number} y
 * @param {number} bearingDeg
 * @param {number} lengthPx
 */
function arrowPath(x, y, bearingDeg, lengthPx) {
  const way = ((bearingDeg - 90) * Math.PI) / 180;
  const at = (turn, px, [fromX, fromY]) => [fromX + Math.cos(way + turn) * px, fromY + Math.sin(way + turn) * px];
  const tip = at(0, lengthPx / 2, [x, y]);
  const path = new Path2D();
  path.moveTo(...at(Math.PI, lengthPx / 2, [x, y]));
  path.lineTo(...tip);
  path.moveTo(...at((3 / 4) * Math.PI, HEAD_PX, tip));
  path.lineTo(...tip);
  path.lineTo(...at((-3 / 4) * Math.PI, HEAD_PX, tip));
  return path;
}
