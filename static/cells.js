/** The density cells: fills and patterns below the map's lines, numbers above them. */

import { CanvasLayer } from './canvaslayer.js';
import { NUMBER_FROM_PX, paintFills } from './cellfills.js';
import { paintNumbers } from './cellnumbers.js';
import { shownState } from './density.js';
import { paintFlows } from './flows.js';
import { contains, worldFromLonLat } from './geometry.js';
import { layerIsOn } from './layers.js';
import { current } from './state.js';

/** @typedef {import('./density.js').Cell} Cell */
/** @typedef {import('./geometry.js').Point} Point */

/**
 * @typedef {object} ShownCell a cell as it may be shown at this instant, on this screen
 * @property {Cell} cell
 * @property {import('./density.js').CellState} state
 * @property {Point[]} ring screen pixels
 * @property {number} sidePx of the whole square on screen
 */

export class CellLayers {
  /** @param {L.Map} map */
  constructor(map) {
    this._map = map;
    this._hadNumbers = true;
    this._hasBaseMap = false;
    /** @type {Point[][]} authorised areas, [lon, lat] */
    this._areas = [];
    this._areasText = '[]';
    this.fills = new CanvasLayer('cells', (sheet) => this._paintFills(sheet)).addTo(map);
    this.numbers = new CanvasLayer('numbers', (sheet) => this._paintNumbers(sheet)).addTo(map);
  }

  /** @param {Point[][]} areas */
  setAreas(areas) {
    const text = JSON.stringify(areas);
    if (text === this._areasText) return;
    this._areasText = text;
    this._areas = areas.map((ring) => ring.map(worldFromLonLat));
    this.repaint();
  }

  /** @param {boolean} has a base map is drawn under the cells: it is seen where people are not */
  setBaseMap(has) {
    this._hasBaseMap = has;
    this.repaint();
  }

  repaint() {
    this.fills.repaint();
    if (this._hadNumbers || this._hasNumbers()) this.numbers.repaint();
  }

  /** Whether anything stands above the fills; a sheet that stays empty is not painted anew. */
  _hasNumbers() {
    const { density, selected } = current();
    const scale = 2 ** this._map.getZoom();
    return selected !== null || Boolean(density?.flows.length) || (density?.cells ?? []).some((cell) => cell.sideWorld * scale >= NUMBER_FROM_PX);
  }

  /** @param {import('./canvaslayer.js').Sheet} sheet */
  _paintFills(sheet) {
    if (!layerIsOn('cells')) return;
    const areas = this._areas.map((ring) => ring.map(sheet.screenFromWorld));
    paintFills(sheet, shownCells(sheet), areas, this._hasBaseMap);
  }

  /** @param {import('./canvaslayer.js').Sheet} sheet */
  _paintNumbers(sheet) {
    const { density, selected } = current();
    this._hadNumbers = this._hasNumbers();
    if (!density) return;
    if (layerIsOn('flows')) paintFlows(sheet, density);
    if (!layerIsOn('cells')) return;
    const carries = (cell) => cell.sideWorld * sheet.scale >= NUMBER_FROM_PX || cell.id === selected;
    paintNumbers(sheet, shownCells(sheet, carries), density, selected);
  }
}

/**
 * @param {import('./canvaslayer.js').Sheet} sheet
 * @param {(cell: Cell) => boolean} [wanted]
 * @returns {ShownCell[]} those that the view meets
 */
function shownCells({ view, scale, screenFromWorld }, wanted = () => true) {
  const { density } = current();
  if (!density) return [];
  const nowMs = performance.now();
  const shown = (cell) => ({ cell, state: shownState(cell, density, nowMs), ring: cell.ring.map(screenFromWorld), sidePx: cell.sideWorld * scale });
  return density.cells.filter((cell) => wanted(cell) && meets(cell.box, view, scale, screenFromWorld)).map(shown);
}

/**
 * @param {Cell['box']} box world units
 * @param {import('./canvaslayer.js').Sheet['view']} view
 * @param {number} scale
 * @param {import('./canvaslayer.js').Sheet['screenFromWorld']} screenFromWorld
 */
function meets(box, view, scale, screenFromWorld) {
  const [left, top] = screenFromWorld([box.left, box.top]);
  const right = left + box.width * scale;
  const bottom = top + box.height * scale;
  return right > view.left && bottom > view.top && left < view.left + view.width && top < view.top + view.height;
}

/**
 * @param {import('./density.js').Density} density
 * @param {Point} lonLat
 * @returns {Cell|undefined}
 */
export function cellAt(density, lonLat) {
  const point = worldFromLonLat(lonLat);
  return density.cells.find((cell) => contains(cell.ring, point));
}
