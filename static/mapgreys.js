/** Greys of the base map: the base map has no colour, by day and by night. */

import { theme } from './theme.js';

const NAMES = ['land', 'green', 'water', 'road', 'road-edge', 'building', 'building-edge'];

/** @type {{theme: string, greys: Record<string, string>}} */
let read = { theme: '', greys: {} };

/** @returns {Record<string, string>} by name, as mapfiles.css has them */
export function greys() {
  if (read.theme === theme()) return read.greys;
  const style = getComputedStyle(document.documentElement);
  read = { theme: theme(), greys: Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()])) };
  return read.greys;
}

/** Darkest and lightest grey of a picture, so that density stands out. A drawn map turns to negative at night, an aerial picture to dark. */
const RANGES = { day: { drawn: [120, 240], aerial: [110, 236] }, night: { drawn: [96, 18], aerial: [10, 92] } };

/**
 * @param {ImageBitmap} bitmap
 * @param {string} kind PNG is taken for drawn, JPEG and WebP for taken from the air
 * @returns {HTMLCanvasElement}
 */
export function greyed(bitmap, kind) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext('2d');
  const [dark, light] = RANGES[theme()][kind === 'png' ? 'drawn' : 'aerial'];
  const [least, span] = [Math.min(dark, light), Math.abs(light - dark) / 255];
  context.filter = light < dark ? 'grayscale(1) invert(1)' : 'grayscale(1)';
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  context.filter = 'none';
  // one plain grey over it presses 0 to 255 into the range
  context.globalCompositeOperation = 'source-atop';
  context.globalAlpha = 1 - span;
  context.fillStyle = `rgb(${Array(3).fill(Math.round(least / (1 - span))).join(' ')})`;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}
