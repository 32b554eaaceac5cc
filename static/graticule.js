/** The blank base map: a graticule with its degrees at the edges. It claims nothing about the ground. */

import { CanvasLayer } from './canvaslayer.js';
import { number } from './figures.js';
import { worldFromLonLat } from './geometry.js';
import { FONTS, palette } from './theme.js';

const LINES_APART_PX = 150;
const STEPS = [1, 2, 5];
const LABEL_FONT = `11px ${FONTS}`;

/**
 * @param {L.Map} map
 * @returns {CanvasLayer}
 */
export function addGraticule(map) {
  return new CanvasLayer('graticule', (sheet) => paint(map, sheet)).addTo(map);
}

/**
 * @param {L.Map} map
 * @param {import('./canvaslayer.js').Sheet} sheet
 */
function paint(map, { context, view, screenFromWorld, scale }) {
  const stepDeg = niceStep((LINES_APART_PX / (256 * scale)) * 360);
  const bounds = map.getBounds().pad(0.5);
  context.strokeStyle = palette().edge;
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.beginPath();
  for (const lonDeg of multiples(bounds.getWest(), bounds.getEast(), stepDeg)) {
    const x = Math.round(screenFromWorld(worldFromLonLat([lonDeg, 0]))[0]) + 0.5;
    context.moveTo(x, view.top);
    context.lineTo(x, view.top + view.height);
  }
  for (const latDeg of multiples(bounds.getSouth(), bounds.getNorth(), stepDeg)) {
    const y = Math.round(screenFromWorld(worldFromLonLat([0, latDeg]))[1]) + 0.5;
    context.moveTo(view.left, y);
    context.lineTo(view.left + view.width, y);
  }
  context.stroke();
  context.globalAlpha = 1;
  label(map, context, bounds, stepDeg, screenFromWorld);
}

/** Degrees of the meridians along the top edge; latitude is left to the place of a cell. */
function label(map, context, bounds, stepDeg, screenFromWorld) {
  const digits = Math.max(0, Math.ceil(-Math.log10(stepDeg) - 1e-9));
  const top = map.containerPointToLayerPoint([0, 0]).y + 12;
  context.font = LABEL_FONT;
  context.fillStyle = palette().ink2;
  context.textAlign = 'left';
  for (const lonDeg of multiples(bounds.getWest(), bounds.getEast(), stepDeg)) {
    context.fillText(`${number(lonDeg, digits)}°`, screenFromWorld(worldFromLonLat([lonDeg, 0]))[0] + 4, top);
  }
}

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
