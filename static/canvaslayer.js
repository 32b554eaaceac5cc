/** A Leaflet layer that is one canvas, a little larger than the map, in a pane of its own. */

const L = globalThis.L;

/** Share of the map's size drawn beyond each edge, so that a pan shows no blank. */
const MARGIN = 0.2;

/**
 * @typedef {object} Sheet what a painter draws on; its unit is one screen pixel and its origin the map's
 * @property {CanvasRenderingContext2D} context
 * @property {{left: number, top: number, width: number, height: number}} view what is to be filled
 * @property {(point: import('./geometry.js').Point) => import('./geometry.js').Point} screenFromWorld
 * @property {number} scale screen pixels in one world unit
 */

export class CanvasLayer extends L.Layer {
  /**
   * @param {string} name class of the canvas
   * @param {(sheet: Sheet) => void} paint
   * @param {string} [pane] where it is not the pane of the same name
   */
  constructor(name, paint, pane = name) {
    super();
    L.setOptions(this, { pane });
    this._name = name;
    this._paint = paint;
    this._asked = 0;
  }

  /** @param {L.Map} map */
  onAdd(map) {
    this._map = map;
    this._canvas = L.DomUtil.create('canvas', `map-canvas ${this._name}`, this.getPane());
    this._canvas.setAttribute('aria-hidden', 'true');
    this.repaint();
  }

  onRemove() {
    cancelAnimationFrame(this._asked);
    this._canvas.remove();
  }

  getEvents() {
    const now = () => this.paintNow();
    return { viewreset: now, zoom: now, moveend: now, resize: now };
  }

  /** Paints once before the next frame, however often it is asked. */
  repaint() {
    if (this._asked) return;
    this._asked = requestAnimationFrame(() => this.paintNow());
  }

  paintNow() {
    cancelAnimationFrame(this._asked);
    this._asked = 0;
    const view = this._place();
    const context = this._canvas.getContext('2d');
    const ratio = devicePixelRatio;
    context.setTransform(ratio, 0, 0, ratio, -view.left * ratio, -view.top * ratio);
    context.clearRect(view.left, view.top, view.width, view.height);
    this._paint({ context, view, ...this._projection() });
  }

  /** Moves and sizes the canvas to the map's view. */
  _place() {
    const size = this._map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(margin);
    const [width, height] = [size.x + 2 * margin.x, size.y + 2 * margin.y];
    L.DomUtil.setPosition(this._canvas, corner);
    this._resize(width, height);
    return { left: corner.x, top: corner.y, width, height };
  }

  /** Only when it changes: setting a canvas's size throws its picture away. */
  _resize(width, height) {
    const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (this._canvas.width !== wide) this._canvas.width = wide;
    if (this._canvas.height !== high) this._canvas.height = high;
    this._canvas.style.width = `${width}px`;
    this._canvas.style.height = `${height}px`;
  }

  _projection() {
    const origin = this._map.getPixelOrigin();
    const scale = 2 ** this._map.getZoom();
    return { scale, screenFromWorld: ([x, y]) => [x * scale - origin.x, y * scale - origin.y] };
  }
}
