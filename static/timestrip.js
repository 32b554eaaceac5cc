/** Paints the strip of time: total with its error, the share that was seen, the worst level, gaps, alerts, now. */

import { LEVELS } from './density.js';
import { clock } from './figures.js';
import { HATCH, LEVEL_PATTERNS, canvasPattern } from './patterns.js';
import { FONTS, palette } from './theme.js';

/** Rows from the top: alerts, total, share, level, clock; the total takes what is left. */
const MARKS_PX = 14;
const [SHARE_PX, LEVEL_PX, LOW_PX] = [16, 16, 11];
const LOW_STRIP_PX = 90;
const AXIS_PX = 16;
const TICKS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];
const TICK_ROOM_PX = 64;

/**
 * @typedef {object} Span what the strip reaches over, UTC in milliseconds
 * @property {number} fromMs
 * @property {number} toMs
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} timeline of `/api/v1/timeline`
 * @param {Span} span
 * @param {number} atMs what is shown
 */
export function paintStrip(canvas, timeline, span, atMs) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const x = (utcMs) => Math.round(((utcMs - span.fromMs) / Math.max(1, span.toMs - span.fromMs)) * width * ratio) / ratio;
  const [sharePx, levelPx] = height < LOW_STRIP_PX ? [LOW_PX, LOW_PX] : [SHARE_PX, LEVEL_PX];
  const axis = height - AXIS_PX;
  const rows = { total: MARKS_PX, share: axis - levelPx - sharePx - 2, level: axis - levelPx, axis };
  const steps = placed(timeline, span, x);
  fillRow(context, 0, rows.total, width, rows.axis - rows.total);
  for (const step of steps) paintShare(context, step, rows.share, sharePx);
  for (const step of steps) paintLevel(context, step, rows.level, levelPx);
  paintTotal(context, steps, rows.total + 3, rows.share - rows.total - 6);
  paintAxis(context, span, x, { width, top: rows.total, axis: rows.axis });
  for (const alert of timeline.alerts) paintAlert(context, alert, Math.min(width - 6, Math.max(6, x(Date.parse(alert.since_utc)))));
  paintNow(context, x(atMs), height);
}

/** Steps with their place; each reaches to the next one, or to the gap that follows. */
function placed({ steps, gaps, step_s: stepS }, span, x) {
  const gapsMs = gaps.map(({ from_utc: from }) => Date.parse(from));
  return steps.map((step, at) => {
    const fromMs = Date.parse(step.utc);
    const nextMs = at + 1 < steps.length ? Date.parse(steps[at + 1].utc) : span.toMs;
    const gap = gapsMs.some((gapMs) => gapMs >= fromMs - 1 && gapMs < nextMs - 1);
    const toMs = gap ? Math.min(nextMs, fromMs + stepS * 1000) : nextMs;
    return { ...step, left: x(fromMs), right: x(toMs), gap };
  });
}

/** All is hatched first: what nothing tells of was not seen. */
function fillRow(context, left, top, width, height) {
  const { ground, hatch } = palette();
  for (const fill of [ground, canvasPattern(context, HATCH, hatch)]) {
    context.fillStyle = fill;
    context.fillRect(left, top, width, height);
  }
}

/** As high as the share of the area that was seen; the rest keeps its hatch. */
function paintShare(context, { left, right, observed_share: share }, top, height) {
  const { ground, ink2 } = palette();
  const high = Math.round(height * share);
  context.fillStyle = ground;
  context.fillRect(left, top + height - high, right - left, high);
  context.fillStyle = ink2;
  context.fillRect(left, top + height - high, right - left, share > 0 ? 1.4 : 0);
}

/** The worst level, in its colour and pattern; without a figure the hatch stays. */
function paintLevel(context, { left, right, level }, top, height) {
  const index = LEVELS.findIndex(({ name }) => name === level);
  if (index < 0) return;
  const { fills, inks } = palette();
  context.fillStyle = fills[index];
  context.fillRect(left, top, right - left, height);
  if (!LEVEL_PATTERNS[index]) return;
  context.fillStyle = canvasPattern(context, LEVEL_PATTERNS[index], inks[index]);
  context.fillRect(left, top, right - left, height);
}

/** @param {{people: number|null, people_sigma: number|null, left: number, right: number, gap: boolean}[]} steps */
function paintTotal(context, steps, top, height) {
  const most = Math.max(10, ...steps.map(({ people, people_sigma: sigma }) => (people ?? 0) + (sigma ?? 0)));
  const y = (people) => top + height * (1 - Math.max(0, people) / most);
  const { ground, ink, edge } = palette();
  for (const { people, people_sigma: sigma, observed_share: share, left, right } of steps) {
    if (people === null || share === 0) continue;
    context.fillStyle = ground;
    context.fillRect(left, top - 3, right - left, height + 5);
    context.fillStyle = edge;
    context.fillRect(left, y(people + (sigma ?? 0)), right - left, Math.max(1, y(people - (sigma ?? 0)) - y(people + (sigma ?? 0))));
    context.fillStyle = ink;
    context.fillRect(left, y(people) - 0.8, right - left, 1.6);
  }
}

function paintAxis(context, { fromMs, toMs }, x, { width, top, axis }) {
  const { ink2, edge } = palette();
  const most = Math.max(1, Math.floor(width / TICK_ROOM_PX));
  const everyMs = 60_000 * (TICKS_MIN.find((minutes) => (toMs - fromMs) / (minutes * 60_000) <= most) ?? TICKS_MIN.at(-1));
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  [context.font, context.textAlign, context.textBaseline] = [`11px ${FONTS}`, 'center', 'middle'];
  for (let atMs = Math.ceil((fromMs - zoneMs) / everyMs) * everyMs + zoneMs; atMs < toMs; atMs += everyMs) {
    const left = x(atMs);
    if (left < 18 || left > width - 18) continue;
    context.fillStyle = edge;
    context.fillRect(left, top, 1, axis - top);
    context.fillStyle = ink2;
    context.fillText(clock(atMs), left, axis + 9);
  }
}

/** A mark points at when an alert began; it is grey: colour is a measurement. */
function paintAlert(context, { level }, left) {
  const { ink, halo } = palette();
  context.beginPath();
  for (const [right, down] of [[-5, 1], [5, 1], [0, 11]]) context.lineTo(left + right, down);
  context.closePath();
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [level === 'critical' ? ink : halo, ink, 1.4];
  context.fill();
  context.stroke();
}

function paintNow(context, left, height) {
  const { ink, halo } = palette();
  for (const [colour, width] of [[halo, 6], [ink, 3]]) {
    context.fillStyle = colour;
    context.fillRect(Math.max(0, left - width / 2), 0, width, height - AXIS_PX + 3);
  }
}
