/** The frozen redacted picture: looked at closely, and a pixel chosen in it by pointer or keys. */

import { palette } from './theme.js';

const MOST_ZOOM = 12;
const ZOOM_STEP = 1.5;
const CLICK_PX = 4;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAST = 10;

/** @typedef {{u: number, v: number, label: string, pending?: boolean, wrong?: boolean}} Mark */

export class AlignPicture {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(pixel: {u: number, v: number}) => void} chosen
   */
  constructor(canvas, chosen) {
    this._canvas = canvas;
    this._chosen = chosen;
    /** @type {ImageBitmap|null} */
    this._bitmap = null;
    /** @type {Mark[]} */
    this._marks = [];
    canvas.addEventListener('pointerdown', (event) => this._down(event));
    canvas.addEventListener('pointermove', (event) => this._move(event));
    canvas.addEventListener('pointerup', (event) => this._up(event));
    canvas.addEventListener('wheel', (event) => this._wheel(event), { passive: false });
    canvas.addEventListener('keydown', (event) => this._key(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** @param {ImageBitmap|null} bitmap */
  show(bitmap) {
    const sameSize = bitmap && this._bitmap && bitmap.width === this._bitmap.width && bitmap.height === this._bitmap.height;
    this._bitmap?.close();
    this._bitmap = bitmap;
    if (!sameSize) this._home();
    this.draw();
  }

  /** @param {Mark[]} marks */
  mark(marks) {
    this._marks = marks;
    this.draw();
  }

  /** @param {number} steps */
  zoom(steps, at = this._middle()) {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this._zoom * ZOOM_STEP ** steps));
    const share = 1 - this._zoom / zoom;
    [this._x, this._y] = [this._x + (at.x - this._x) * share, this._y + (at.y - this._y) * share];
    this._zoom = zoom;
    this._hold();
    this.draw();
  }

  _home() {
    const { width, height } = this._bitmap ?? { width: 2, height: 2 };
    [this._zoom, this._x, this._y] = [1, width / 2, height / 2];
    this._cursor = { x: width / 2, y: height / 2 };
  }

  _middle = () => ({ x: this._x, y: this._y });

  /** Screen pixels of the canvas in one pixel of the picture. */
  get _scale() {
    if (!this._bitmap) return 1;
    const fit = Math.min(this._canvas.clientWidth / this._bitmap.width, this._canvas.clientHeight / this._bitmap.height);
    return (fit || 1) * this._zoom;
  }

  /** The picture never leaves its frame. */
  _hold() {
    if (!this._bitmap) return;
    const held = (at, shown, size) => (shown >= size ? size / 2 : Math.min(size - shown / 2, Math.max(shown / 2, at)));
    this._x = held(this._x, this._canvas.clientWidth / this._scale, this._bitmap.width);
    this._y = held(this._y, this._canvas.clientHeight / this._scale, this._bitmap.height);
  }

  /** @param {{offsetX: number, offsetY: number}} event @returns {{x: number, y: number}} in the picture, from its corner */
  _place({ offsetX, offsetY }) {
    const { clientWidth, clientHeight } = this._canvas;
    return { x: this._x + (offsetX - clientWidth / 2) / this._scale, y: this._y + (offsetY - clientHeight / 2) / this._scale };
  }

  /** @param {PointerEvent} event */
  _down(event) {
    if (event.button !== 0 || !this._bitmap) return;
    this._canvas.setPointerCapture(event.pointerId);
    this._drag = { fromX: event.offsetX, fromY: event.offsetY, x: this._x, y: this._y, far: false };
  }

  /** @param {PointerEvent} event */
  _move(event) {
    if (!this._drag) return;
    const [right, down] = [event.offsetX - this._drag.fromX, event.offsetY - this._drag.fromY];
    this._drag.far ||= Math.hypot(right, down) > CLICK_PX;
    if (!this._drag.far) return;
    [this._x, this._y] = [this._drag.x - right / this._scale, this._drag.y - down / this._scale];
    this._hold();
    this.draw();
  }

  /** @param {PointerEvent} event */
  _up(event) {
    const drag = this._drag;
    this._drag = null;
    if (drag && !drag.far) this._choose(this._place(event));
  }

  /** @param {WheelEvent} event */
  _wheel(event) {
    event.preventDefault();
    this.zoom(-Math.sign(event.deltaY), this._place(event));
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this._bitmap) return;
    const by = KEYS[event.key];
    if (by) this._moveCursor(by, event.shiftKey ? FAST : 1);
    else if (event.key === 'Enter' || event.key === ' ') this._choose(this._cursor);
    else if (event.key === '+' || event.key === '=') this.zoom(1, this._cursor);
    else if (event.key === '-') this.zoom(-1, this._cursor);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number[]} by @param {number} times in screen pixels, so that a close look moves finely */
  _moveCursor([right, down], times) {
    const step = (2 * times) / this._scale;
    const { width, height } = this._bitmap;
    this._cursor = { x: Math.min(width, Math.max(0, this._cursor.x + right * step)), y: Math.min(height, Math.max(0, this._cursor.y + down * step)) };
    this._follow();
    this.draw();
  }

  /** The cross stays in view. */
  _follow() {
    const [half, tall] = [this._canvas.clientWidth / this._scale / 2, this._canvas.clientHeight / this._scale / 2];
    this._x = Math.min(this._cursor.x + 0.8 * half, Math.max(this._cursor.x - 0.8 * half, this._x));
    this._y = Math.min(this._cursor.y + 0.8 * tall, Math.max(this._cursor.y - 0.8 * tall, this._y));
    this._hold();
  }

  /** Pixel centres lie at whole numbers. @param {{x: number, y: number}} place */
  _choose(place) {
    const { width, height } = this._bitmap;
    if (place.x < 0 || place.y < 0 || place.x > width || place.y > height) return;
    this._cursor = place;
    this._chosen({ u: place.x - 0.5, v: place.y - 0.5 });
  }

  draw() {
    const { clientWidth, clientHeight } = this._canvas;
    const ratio = devicePixelRatio;
    [this._canvas.width, this._canvas.height] = [Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio))];
    if (!this._bitmap) return;
    const context = this._canvas.getContext('2d');
    const scale = this._scale * ratio;
    context.setTransform(scale, 0, 0, scale, this._canvas.width / 2 - this._x * scale, this._canvas.height / 2 - this._y * scale);
    context.imageSmoothingEnabled = this._scale < 3;
    context.drawImage(this._bitmap, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const mark of this._marks) this._drawMark(context, mark);
    if (document.activeElement === this._canvas) this._cross(context, this._onScreen(this._cursor), palette().ink, palette().halo);
  }

  /** @param {{x: number, y: number}} place */
  _onScreen = ({ x, y }) => [this._canvas.clientWidth / 2 + (x - this._x) * this._scale, this._canvas.clientHeight / 2 + (y - this._y) * this._scale];

  /** @param {CanvasRenderingContext2D} context @param {Mark} mark */
  _drawMark(context, { u, v, label, pending }) {
    const [x, y] = this._onScreen({ x: u + 0.5, y: v + 0.5 });
    this._cross(context, [x, y], '#161616', '#FFFFFF');
    if (pending) return;
    context.font = '700 12px sans-serif';
    const width = context.measureText(label).width + 8;
    context.fillStyle = '#161616';
    context.fillRect(x + 7, y - 24, width, 17);
    context.fillStyle = '#FFFFFF';
    context.fillText(label, x + 11, y - 11);
  }

  /** A cross with a free middle, dark on light, so that it shows on any picture. */
  _cross(context, [x, y], ink, halo) {
    const path = new Path2D(`M${x - 12} ${y}H${x - 3}M${x + 3} ${y}H${x + 12}M${x} ${y - 12}V${y - 3}M${x} ${y + 3}V${y + 12}`);
    for (const [colour, width] of [[halo, 4], [ink, 1.6]]) {
      [context.strokeStyle, context.lineWidth] = [colour, width];
      context.stroke(path);
    }
  }
}
