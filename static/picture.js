/** The map as one picture with what a picture needs to be read alone: time, total, legend, what is hidden, "exercise" if so. */

import { LEVELS } from './density.js';
import { byId } from './dom.js';
import { isExercise } from './exercise.js';
import { number, day, clock } from './figures.js';
import { HATCH, LEVEL_PATTERNS, canvasPattern } from './patterns.js';
import { hiddenText } from './layers.js';
import { current } from './state.js';
import { FONTS, palette, theme } from './theme.js';
import { word } from './words.js';

const HEAD_PX = 64;
const FOOT_PX = 58;
const STRIPES_PX = 12;
const SAID = { day: { surface: '#FFFFFF' }, night: { surface: '#151515' } };

/**
 * @param {HTMLElement} map
 * @param {number} [ratio] pixels of the picture in one of the screen
 * @returns {HTMLCanvasElement}
 */
export function pictureOf(map, ratio = devicePixelRatio) {
  const frame = map.getBoundingClientRect();
  const picture = document.createElement('canvas');
  picture.width = Math.round(frame.width * ratio);
  picture.height = Math.round((frame.height + HEAD_PX + FOOT_PX) * ratio);
  const context = picture.getContext('2d');
  context.scale(ratio, ratio);
  context.save();
  context.translate(0, HEAD_PX);
  clipTo(context, frame);
  paintMap(context, map, frame);
  context.restore();
  paintHead(context, frame.width);
  paintFoot(context, frame.width, frame.height + HEAD_PX);
  if (isExercise(current().health)) paintStripes(context, frame.width, frame.height + HEAD_PX + FOOT_PX);
  return picture;
}

function clipTo(context, { width, height }) {
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.fillStyle = palette().off;
  context.fillRect(0, 0, width, height);
}

/** Bottom to top, as the panes lie. */
function paintMap(context, map, frame) {
  const panes = [...map.querySelectorAll('.leaflet-map-pane > *')].sort((a, b) => Number(getComputedStyle(a).zIndex) - Number(getComputedStyle(b).zIndex));
  for (const pane of panes) {
    for (const canvas of pane.querySelectorAll('canvas')) if (isSeen(canvas)) drawCanvas(context, canvas, frame);
    for (const path of pane.querySelectorAll(':scope > svg path')) if (isSeen(path)) drawPath(context, path, frame);
    for (const craft of pane.querySelectorAll('.craft')) if (isSeen(craft)) drawCraft(context, craft, frame);
  }
}

const isSeen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';

function drawCanvas(context, canvas, frame) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  context.drawImage(canvas, left - frame.left, top - frame.top, width, height);
}

/** A path of Leaflet's, as its style has it. @param {SVGPathElement} path */
function drawPath(context, path, frame) {
  const style = getComputedStyle(path);
  const matrix = path.getScreenCTM();
  const shape = new Path2D();
  shape.addPath(new Path2D(path.getAttribute('d') ?? ''), new DOMMatrix([matrix.a, matrix.b, matrix.c, matrix.d, matrix.e - frame.left, matrix.f - frame.top]));
  context.save();
  if (style.fill !== 'none' && !style.fill.startsWith('url')) {
    [context.fillStyle, context.globalAlpha] = [style.fill, Number(style.fillOpacity)];
    context.fill(shape, style.fillRule);
  }
  if (style.stroke !== 'none') {
    [context.strokeStyle, context.globalAlpha, context.lineWidth] = [style.stroke, Number(style.strokeOpacity), parseFloat(style.strokeWidth)];
    context.setLineDash(style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
    context.stroke(shape);
  }
  context.restore();
}

/** @param {HTMLElement} craft */
function drawCraft(context, craft, frame) {
  for (const path of craft.querySelectorAll('circle')) {
    if (!isSeen(path)) continue;
    const { left, top, width, height } = path.getBoundingClientRect();
    const style = getComputedStyle(path);
    context.beginPath();
    context.arc(left + width / 2 - frame.left, top + height / 2 - frame.top, width / 2, 0, 2 * Math.PI);
    context.setLineDash(style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
    context.fillStyle = style.fill === 'none' ? 'transparent' : style.fill;
    context.fill();
    [context.strokeStyle, context.lineWidth] = [style.stroke, parseFloat(style.strokeWidth)];
    context.stroke();
    context.setLineDash([]);
  }
  for (const arrow of craft.querySelectorAll('path')) if (isSeen(arrow)) drawPath(context, arrow, frame);
  drawPlate(context, craft.querySelector('.plate'), frame);
}

function drawPlate(context, plate, frame) {
  const { left, top, width, height } = plate.getBoundingClientRect();
  const style = getComputedStyle(plate);
  context.fillStyle = style.backgroundColor;
  context.fillRect(left - frame.left, top - frame.top, width, height);
  write(context, [...plate.children].map((part) => part.textContent).join('  '), left - frame.left + 7, top - frame.top + height / 2, { size: 11.5, colour: style.color });
}

/** @param {{size: number, colour?: string, bold?: boolean}} how @returns {number} width */
function write(context, text, x, y, { size, colour = palette().ink, bold = false }) {
  [context.font, context.fillStyle, context.textBaseline] = [`${bold ? '700 ' : ''}${size}px ${FONTS}`, colour, 'middle'];
  context.fillText(text, x, y);
  return context.measureText(text).width;
}

/** What stands on the page now: the picture claims no more than the page. */
function paintHead(context, width) {
  context.fillStyle = SAID[theme()].surface;
  context.fillRect(0, 0, width, HEAD_PX);
  const { density, health } = current();
  const marks = [isExercise(health) && word('exercise'), current().then !== null && word('then_mark')].filter(Boolean);
  const purpose = [...marks, byId('mission-purpose').textContent].join(' · ');
  const made = density ? new Date(density.utcMs) : null;
  const time = made ? `${clock(made.getTime(), true)}, ${day(made.getTime())}` : word('export_no_map');
  const text = (id) => byId(id).textContent;
  const end = 20 + write(context, text('total-people'), 20, 34, { size: 30, bold: true });
  const error = end + 8 + write(context, text('total-error'), end + 8, 36, { size: 18, colour: palette().ink2 });
  write(context, `${word('people')} ${text('total-share')} ${text('total-age')}`.trim(), error + 14, 36, { size: 12.5 });
  context.textAlign = 'right';
  write(context, purpose, width - 20, 22, { size: 14, bold: true });
  write(context, time, width - 20, 44, { size: 12.5, colour: palette().ink2 });
  context.textAlign = 'left';
}

function paintFoot(context, width, top) {
  context.fillStyle = SAID[theme()].surface;
  context.fillRect(0, top, width, FOOT_PX);
  const { control, hatch } = palette();
  const step = Math.min(150, (width - 40) / 6.4);
  LEVELS.forEach(({ name, from }, level) => {
    swatch(context, 20 + level * step, top + 10, step, level);
    write(context, `${word(name)} ≥ ${number(from, Number.isInteger(from) ? 0 : 1)}`, 22 + level * step, top + 32, { size: 11 });
  });
  const left = 20 + LEVELS.length * step + 12;
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [canvasPattern(context, HATCH, hatch), control, 1];
  context.fillRect(left, top + 8, 30, 16);
  context.strokeRect(left, top + 8, 30, 16);
  write(context, word('unobserved'), left, top + 32, { size: 11 });
  const hidden = hiddenText();
  const notes = [`${word('density')}, ${word('per_m2')}`, hidden && word('layers_hidden', { names: hidden }), attribution()].filter(Boolean);
  write(context, notes.join(' · '), 20, top + 48, { size: 11, colour: palette().ink2 });
}

const attribution = () => (byId('attribution').hidden ? '' : byId('attribution').textContent);

function swatch(context, left, top, width, level) {
  const { fills, inks } = palette();
  context.fillStyle = fills[level];
  context.fillRect(left, top, width, 12);
  if (!LEVEL_PATTERNS[level]) return;
  context.fillStyle = canvasPattern(context, LEVEL_PATTERNS[level], inks[level]);
  context.fillRect(left, top, width, 12);
}

/** The striped border of an exercise. */
function paintStripes(context, width, height) {
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.rect(STRIPES_PX, STRIPES_PX, width - 2 * STRIPES_PX, height - 2 * STRIPES_PX);
  context.clip('evenodd');
  context.fillStyle = '#FFFFFF';
  context.fillRect(0, 0, width, height);
  [context.strokeStyle, context.lineWidth] = ['#161616', STRIPES_PX];
  context.beginPath();
  for (let x = -height; x < width; x += 2.4 * STRIPES_PX) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}
