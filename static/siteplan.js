/** The operator's site plan: thin grey outlines with their names, or a picture that came grey and north up. */

import { CanvasLayer } from './canvaslayer.js';
import { worldFromLonLat } from './geometry.js';
import { FONTS, palette, theme } from './theme.js';

const NAMES_FROM_ZOOM = 16.5;
const PICTURE_OPACITY = 0.75;

export class SitePlan {
  /**
   * @param {L.Map} map
   * @param {{raster: {bounds: number[]}|null}} facts
   */
  constructor(map, facts) {
    this._map = map;
    this._facts = facts;
    /** @type {{outlines: {rings: number[][][], name: string}[]}|{bitmap: ImageBitmap}|null} */
    this._plan = null;
    this._layer = new CanvasLayer('siteplan', (sheet) => this._paint(sheet)).addTo(map);
    this._load();
  }

  async _load() {
    const answer = await fetch(this._facts.raster ? '/api/v1/site-plan.png' : '/api/v1/site-plan');
    if (!answer.ok) return;
    this._plan = this._facts.raster ? { bitmap: await createImageBitmap(await answer.blob()) } : { outlines: (await answer.json()).features.map(outlineOf) };
    this.repaint();
  }

  repaint() {
    this._layer.repaint();
  }

  /** @param {import('./canvaslayer.js').Sheet} sheet */
  _paint(sheet) {
    if (this._plan?.bitmap) this._paintPicture(sheet, this._plan.bitmap);
    for (const outline of this._plan?.outlines ?? []) this._paintOutline(sheet, outline);
  }

  _paintPicture({ context, screenFromWorld }, bitmap) {
    const [west, south, east, north] = this._facts.raster.bounds;
    const [left, top] = screenFromWorld(worldFromLonLat([west, north]));
    const [right, bottom] = screenFromWorld(worldFromLonLat([east, south]));
    context.save();
    context.globalAlpha = PICTURE_OPACITY;
    if (theme() === 'night') context.filter = 'invert(1) brightness(.55)';
    context.drawImage(bitmap, left, top, right - left, bottom - top);
    context.restore();
  }

  _paintOutline({ context, screenFromWorld }, { parts, name, closes }) {
    const screen = parts.map((part) => part.map((place) => screenFromWorld(worldFromLonLat(place))));
    const path = new Path2D();
    for (const part of screen) {
      part.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
      if (closes) path.closePath();
    }
    for (const [colour, width] of [[palette().halo, 3.5], [palette().ink2, 1.2]]) {
      [context.strokeStyle, context.lineWidth] = [colour, width];
      context.stroke(path);
    }
    if (name && this._map.getZoom() >= NAMES_FROM_ZOOM) label(context, name, middleOf(screen[0]));
  }
}

/** @param {{geometry: {type: string, coordinates: any}, properties: {name?: string}}} feature */
function outlineOf({ geometry: { type, coordinates }, properties }) {
  const depth = { Point: 0, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 }[type];
  const parts = depth === 0 ? [[coordinates]] : depth === 1 ? [coordinates] : depth === 2 ? coordinates : coordinates.flat();
  return { parts, name: properties.name ?? '', closes: type.endsWith('Polygon') };
}

const middleOf = (part) => [0, 1].map((axis) => (Math.min(...part.map((point) => point[axis])) + Math.max(...part.map((point) => point[axis]))) / 2);

function label(context, text, [x, y]) {
  context.save();
  [context.font, context.textAlign] = [`12px ${FONTS}`, 'center'];
  [context.strokeStyle, context.fillStyle, context.lineWidth] = [palette().halo, palette().ink2, 3.5];
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
  context.restore();
}
