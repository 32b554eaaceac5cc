/** Numbers and errors of the cells, by their size on screen; a text that does not fit its cell is left out, never cut. */

import { NUMBER_FROM_PX, pathOf } from './cellfills.js';
import { ageText, densityErrorText, densityText, wholeBoundText } from './cellwords.js';
import { FADES_AFTER_S, ageOf } from './density.js';
import { contains } from './geometry.js';
import { THIN } from './figures.js';
import { FONTS, palette } from './theme.js';

/** @typedef {import('./cells.js').ShownCell} ShownCell */

/** From this side on a cell carries its error too. */
const ERROR_FROM_PX = 44;
const LARGE_FROM_PX = 80;

const HALO_PX = 3.5;
/** Room beside a text; more where the area's line runs along the cell. */
const PADDING_PX = 1;
const CUT_PADDING_PX = 5;
const CAPTION_PX = 11;

/**
 * @param {import('./canvaslayer.js').Sheet} sheet
 * @param {ShownCell[]} cells
 * @param {import('./density.js').Density} density
 * @param {string|null} selected id of the chosen cell
 */
export function paintNumbers({ context, screenFromWorld }, cells, density, selected) {
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  const nowMs = performance.now();
  const chosen = cells.find(({ cell }) => cell.id === selected);
  if (chosen) outline(context, chosen);
  for (const shown of cells) {
    const at = screenFromWorld(shown.cell.label);
    if (hasRoom(shown, at)) paintTexts(context, shown, at, belowText(shown, density, nowMs));
  }
}

/**
 * @param {ShownCell} shown
 * @param {import('./geometry.js').Point} at
 */
const hasRoom = ({ state, sidePx, ring }, at) => state !== 'unobserved' && sidePx >= NUMBER_FROM_PX && contains(ring, at);

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownCell} shown
 * @param {import('./geometry.js').Point} at
 * @param {string} below the error, or the age in its place
 */
function paintTexts(context, shown, [x, y], below) {
  const { main, ink, halo, sizePx, weight } = texts(shown);
  const room = roomAt(shown, [x, y]);
  const fitting = main.find((text) => fits(context, text, font(weight, sizePx), room.width));
  if (fitting === undefined || room.height < sizePx) return;
  const lower = shown.sidePx >= ERROR_FROM_PX && room.height >= sizePx + CAPTION_PX + 2 && fits(context, below, font(400, CAPTION_PX), room.width);
  const both = lower && below !== '';
  write(context, fitting, [x, both ? y - CAPTION_PX / 2 : y], font(weight, sizePx), ink, halo);
  if (both) write(context, below, [x, y + sizePx / 2 + 1], font(400, CAPTION_PX), ink, halo);
}

/**
 * @param {ShownCell} shown
 * @param {import('./density.js').Density} density
 * @param {number} nowMs
 * @returns {string} the error; of an old figure its age in place of it; a fresh bound says all by itself
 */
function belowText({ cell, state }, density, nowMs) {
  if (state === 'suppressed') return '';
  const old = state === 'stale' || ageOf(cell, density, nowMs) > FADES_AFTER_S;
  if (old) return ageText(cell, density, nowMs);
  return densityErrorText(cell);
}

/** @param {ShownCell} shown */
function texts({ cell, state, sidePx }) {
  const { fills, inks, ground, ink, ink2 } = palette();
  if (state === 'suppressed') return { main: ['1–6'], ink: ink2, halo: ground, sizePx: CAPTION_PX, weight: 400 };
  const number = densityText(cell);
  const shorter = cell.state === 'saturated' ? [wholeBoundText(cell)] : [];
  const main = [number, number.replace(THIN, ''), ...shorter];
  const sizePx = numberSize(sidePx);
  if (state === 'stale') return { main, ink, halo: ground, sizePx, weight: 400 };
  return { main, ink: inks[cell.level], halo: fills[cell.level], sizePx, weight: 700 };
}

/**
 * @param {number} sidePx
 */
function numberSize(sidePx) {
  if (sidePx >= LARGE_FROM_PX) return 17;
  return sidePx >= ERROR_FROM_PX ? 14 : CAPTION_PX;
}

/**
 * The room for text round a point inside the cell's shape, as far as its nearer edges.
 * @param {ShownCell} shown
 * @param {import('./geometry.js').Point} at
 */
function roomAt({ ring, cell }, [x, y]) {
  const xs = ring.map((point) => point[0]);
  const ys = ring.map((point) => point[1]);
  const width = 2 * Math.min(x - Math.min(...xs), Math.max(...xs) - x);
  const height = 2 * Math.min(y - Math.min(...ys), Math.max(...ys) - y);
  const padding = 2 * (cell.cut ? CUT_PADDING_PX : PADDING_PX);
  return { width: width - padding, height: height - padding };
}

const font = (weight, sizePx) => `${weight} ${sizePx}px ${FONTS}`;

/** @type {Map<string, number>} */
const widths = new Map();

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {string} face
 * @param {number} roomPx
 */
function fits(context, text, face, roomPx) {
  const key = `${face} ${text}`;
  if (!widths.has(key)) {
    if (widths.size > 5000) widths.clear();
    context.font = face;
    widths.set(key, context.measureText(text).width);
  }
  return widths.get(key) <= roomPx;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {import('./geometry.js').Point} at
 * @param {string} face
 * @param {string} ink
 * @param {string} halo
 */
function write(context, text, [x, y], face, ink, halo) {
  context.font = face;
  context.strokeStyle = halo;
  context.lineWidth = HALO_PX;
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownCell} shown
 */
function outline(context, { ring }) {
  const { halo, ink } = palette();
  const path = pathOf([ring]);
  for (const [colour, widthPx] of [[halo, 7], [ink, 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = widthPx;
    context.stroke(path);
  }
}
