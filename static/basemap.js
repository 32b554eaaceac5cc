/** The operator's base map, grey, below the cells; its buildings over them, for density covers only ground one can stand on. */

import { CanvasLayer } from './canvaslayer.js';
import { word } from './words.js';
import { greys } from './mapgreys.js';
import { MapTiles } from './maptiles.js';

const BUILDINGS_FROM_ZOOM = 15;
const EQUATOR_M = 40_075_017;
const ORDER = ['land', 'green', 'water', 'road'];
const EDGE_PX = 1;
const BUILDING_OPACITY = 0.85;

export class BaseMap {
  /**
   * @param {L.Map} map
   * @param {import('./maptiles.js').Facts} facts
   */
  constructor(map, facts) {
    this._map = map;
    this._tiles = new MapTiles(facts, () => this.repaint());
    this._ground = new CanvasLayer('basemap', (sheet) => this._paint(sheet, ORDER)).addTo(map);
    this._buildings = new CanvasLayer('buildings', (sheet) => this._paint(sheet, ['building'])).addTo(map);
  }

  get attribution() {
    return this._tiles.facts.attribution;
  }

  get fault() {
    return this._tiles.failed ? word('basefault_tiles', { count: this._tiles.failed }) : '';
  }

  repaint() {
    this._ground.repaint();
    this._buildings.repaint();
  }

  restyle() {
    if (this._tiles.facts.kind !== 'mvt') this._tiles.forget();
    this.repaint();
  }

  /**
   * @param {import('./canvaslayer.js').Sheet} sheet
   * @param {string[]} names of classes
   */
  _paint(sheet, names) {
    const zoom = this._map.getZoom();
    if (names[0] === 'building' && (this._tiles.facts.kind !== 'mvt' || zoom < BUILDINGS_FROM_ZOOM)) return;
    const tiles = this._tiles.inView(sheet, zoom).map(({ place, drawing }) => ({ drawing, frame: frameOf(place, sheet) }));
    for (const { drawing, frame } of tiles) if (drawing.picture && names[0] !== 'building') sheet.context.drawImage(drawing.picture, frame.left, frame.top, frame.side, frame.side);
    for (const name of names) for (const { drawing, frame } of tiles) if (drawing.groups) this._paintClass(sheet, name, drawing.groups, frame);
  }

  _paintClass({ context, view }, name, groups, frame) {
    const shown = groups.filter((group) => group.name === name && meets(group.box, frame, view));
    if (!shown.length) return;
    const pxPerM = (256 * 2 ** this._map.getZoom()) / (EQUATOR_M * Math.cos((this._map.getCenter().lat * Math.PI) / 180));
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.side, frame.side);
    context.clip();
    context.translate(frame.left, frame.top);
    context.scale(frame.side, frame.side);
    [context.lineJoin, context.lineCap] = ['round', 'round'];
    if (name === 'road') paintRoads(context, shown, pxPerM, frame.side);
    else paintGrounds(context, shown, pxPerM, frame.side);
    context.restore();
  }
}

function paintRoads(context, groups, pxPerM, sidePx) {
  const colours = greys();
  for (const [colour, morePx] of [[colours['road-edge'], 2 * EDGE_PX], [colours.road, 0]]) {
    context.strokeStyle = colour;
    for (const { path, widthM } of groups) {
      context.lineWidth = (Math.max(0.8, widthM * pxPerM) + (widthM * pxPerM > 3 ? morePx : 0)) / sidePx;
      context.stroke(path);
    }
  }
}

function paintGrounds(context, groups, pxPerM, sidePx) {
  const colours = greys();
  for (const { name, path, widthM } of groups) {
    [context.fillStyle, context.strokeStyle] = [colours[name], name === 'building' ? colours['building-edge'] : colours[name]];
    context.lineWidth = Math.max(EDGE_PX, widthM * pxPerM) / sidePx;
    context.globalAlpha = name === 'building' ? BUILDING_OPACITY : 1;
    if (!widthM) context.fill(path, 'evenodd');
    context.globalAlpha = 1;
    if (widthM || name === 'building') context.stroke(path);
  }
}

/** @param {import('./maptiles.js').Place} place */
function frameOf({ zoom, column, row }, { screenFromWorld, scale }) {
  const world = 256 / 2 ** zoom;
  const [left, top] = screenFromWorld([column * world, row * world]);
  return { left, top, side: world * scale };
}

function meets([left, top, right, bottom], frame, view) {
  const x = (share) => frame.left + share * frame.side;
  const y = (share) => frame.top + share * frame.side;
  return x(right) > view.left && y(bottom) > view.top && x(left) < view.left + view.width && y(top) < view.top + view.height;
}
