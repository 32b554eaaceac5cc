/** The blank base map: a graticule with its degrees at the edges. It claims nothing about the ground. */

import { CanvasLayer } from './canvaslayer.js';
import { number } from './figures.js';
import { worldFromLonLat } from './geometry.js';
import { FONTS, palette } from './theme.js';

const LINES_APART_PX = 150;
const STEPS = [1, 2, 5];
const LINE_OPACITY = 0.45;

/**
 * @param {L.Map} map
 * @returns {CanvasLayer[]} lines below everything, their degrees above the veil
 */
export function addGraticule(map) {
  const lines = new CanvasLayer('graticule', (sheet) => paintLines(map, sheet));
  const degrees = new CanvasLayer('degrees', (sheet) => paintDegrees(map, sheet), 'numbers');
  return [lines.addTo(map), degrees.addTo(map)];
}

/**
 * @param {L.Map} map
 * @param {import('./canvaslayer.js').Sheet} sheet
 */
function paintLines(map, { context, view, screenFromWorld, scale }) {
  const bounds = map.getBounds().pad(0.5);
  const path = new Path2D();
  for (const lonDeg of multiples(bounds.getWest(), bounds.getEast(), stepAt(scale))) {
    const x = Math.round(screenFromWorld(worldFromLonLat([lonDeg, 0]))[0]) + 0.5;
    path.moveTo(x, view.top);
    path.lineTo(x, view.top + view.height);
  }
  for (const latDeg of multiples(bounds.getSouth(), bounds.getNorth(), stepAt(scale))) {
    const y = Math.round(screenFromWorld(worldFromLonLat([0, latDeg]))[1]) + 0.5;
    path.moveTo(view.left, y);
    path.lineTo(view.left + view.width, y);
  }
  context.strokeStyle = palette().edge;
  context.globalAlpha = LINE_OPACITY;
  context.lineWidth = 1;
  context.stroke(path);
  context.globalAlpha = 1;
}

/**
 * The meridians' degrees along the top edge; latitude is left to the place of a cell.
 * @param {L.Map} map
 * @param {import('./canvaslayer.js').Sheet} sheet
 */
function paintDegrees(map, { context, screenFromWorld, scale }) {
  const stepDeg = stepAt(scale);
  const digits = Math.max(0, Math.ceil(-Math.log10(stepDeg) - 1e-9));
  const top = map.containerPointToLayerPoint([0, 0]).y + 12;
  const bounds = map.getBounds();
  const right = map.containerPointToLayerPoint([map.getSize().x, 0]).x;
  context.font = `11px ${FONTS}`;
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [palette().ink2, palette().off, 3];
  for (const lonDeg of multiples(bounds.getWest(), bounds.getEast(), stepDeg)) {
    const text = `${number(lonDeg, digits)}°`;
    const left = screenFromWorld(worldFromLonLat([lonDeg, 0]))[0] + 4;
    if (left + context.measureText(text).width > right) continue;
    context.strokeText(text, left, top);
    context.fillText(text, left, top);
  }
}

/** @param {number} scale screen pixels in one world unit */
const stepAt = (scale) => niceStep((LINES_APART_PX / (256 * scale)) * 360);

/**
 * @param {number} least
 * @returns {number} 1, 2 or 5 times a power of ten, at least so much
 */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return (STEPS.find((step) => step * power >= least) ?? 10) * power;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} step
 */
function multiples(from, to, step) {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, index) => (first + index) * step);
}
