/** Measuring on the map: clicks, or Enter for the middle of the map; Backspace takes the last place back, Escape ends. */

import { CanvasLayer } from './canvaslayer.js';
import { cellAt } from './cells.js';
import { byId, el, setText } from './dom.js';
import { counted, number, plusMinus, unit } from './figures.js';
import { worldFromLonLat } from './geometry.js';
import { addTool } from './maptools.js';
import { areaOf, crossesItself, lengthOf } from './measuring.js';
import { joinEscape } from './shortcuts.js';
import { current, watch } from './state.js';
import { palette } from './theme.js';
import { word } from './words.js';

const MOST_PLACES = 60;

export class MeasureTool {
  /** @param {import('./map.js').DensityMap} map */
  constructor(map) {
    this._map = map;
    /** @type {import('./measuring.js').MeasuredPlace[]} */
    this._places = [];
    this._isOn = false;
    this._pick = (lonLat) => this._add(lonLat);
    this._layer = new CanvasLayer('measured', (sheet) => this._paint(sheet), 'measure').addTo(map.map);
    this._button = addTool({ id: 'measure-toggle', word: 'measure', icon: 'M2 13.500L13.500 2L18 6.500L6.500 18ZM6 9.500L8 11.500M9 6.500L11.500 9M12 3.500L14 5.500', letter: 'm', act: () => this.toggle() });
    this._build();
    joinEscape(() => this._isOn && this.close());
    watch((_, changed) => this._follow(changed));
  }

  _build() {
    this._text = el('p', { id: 'measure-text', role: 'status' });
    this._undo = this._choice('measure-undo', 'measure_undo', () => this._takeBack());
    this._end = this._choice('measure-close', 'measure_end', () => this.close());
    this._plate = el('section', { id: 'measure', class: 'measure', 'data-label': 'measure', role: 'group', hidden: true }, this._text, el('div', {}, this._undo, this._end));
    byId('middle').append(this._plate);
    document.addEventListener('keydown', (event) => {
      if (this._isOn && event.key === 'Backspace' && !event.target.matches('input, textarea, select')) this._takeBack();
    });
  }

  _choice(id, key, act) {
    const button = el('button', { type: 'button', class: 'button', id, 'data-word': key });
    button.addEventListener('click', act);
    return button;
  }

  toggle() {
    if (this._isOn) return void this.close();
    if (this._map.picker) return void setText(byId('spoken'), word('measure_busy'));
    this._isOn = true;
    this._map.picker = this._pick;
    this._dress();
    byId('map').focus();
  }

  /** @returns {true} */
  close() {
    this._isOn = false;
    if (this._map.picker === this._pick) this._map.picker = null;
    this._places = [];
    this._dress();
    return true;
  }

  _dress() {
    this._plate.hidden = !this._isOn;
    this._button.setAttribute('aria-expanded', String(this._isOn));
    document.body.classList.toggle('measuring', this._isOn);
    this._show();
  }

  /** @param {[number, number]} lonLat */
  _add(lonLat) {
    if (this._places.length >= MOST_PLACES) return;
    const { density } = current();
    const ce90M = (density && cellAt(density, lonLat)?.ce90M) ?? null;
    this._places = [...this._places, { lonLat, ce90M }];
    this._show();
  }

  _takeBack() {
    this._places = this._places.slice(0, -1);
    this._show();
  }

  /** @param {Set<string>} changed */
  _follow(changed) {
    if (!this._isOn) return;
    if (this._map.picker !== this._pick) this.close();
    else if (changed.has('language') || changed.has('theme')) this._show();
  }

  _show() {
    this._layer.repaint();
    this._undo.disabled = !this._places.length;
    setText(this._text, sentence(this._places));
  }

  /** @param {import('./canvaslayer.js').Sheet} sheet */
  _paint({ context, screenFromWorld }) {
    const points = this._places.map(({ lonLat }) => screenFromWorld(worldFromLonLat(lonLat)));
    const { halo, ink } = palette();
    for (const [colour, width, radius] of [[halo, 5, 6], [ink, 2, 4]]) {
      [context.strokeStyle, context.fillStyle, context.lineWidth] = [colour, colour, width];
      stroke(context, points, []);
      if (points.length > 2) stroke(context, [points.at(-1), points[0]], [6, 5]);
      for (const [x, y] of points) disc(context, x, y, radius);
    }
  }
}

function stroke(context, points, dashes) {
  context.setLineDash(dashes);
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
  context.setLineDash([]);
}

function disc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** @param {import('./measuring.js').MeasuredPlace[]} places */
function sentence(places) {
  if (places.length < 2) return word(places.length ? 'measure_next' : 'measure_first');
  const parts = [`${word('measure_length')} ${figure(lengthOf(places), 'm')}`];
  if (places.length > 2) parts.push(crossesItself(places.map(({ lonLat }) => lonLat)) ? word('measure_crossed') : `${word('measure_area')} ${figure(areaOf(places), 'm²')}`);
  const unseen = places.filter(({ ce90M }) => ce90M === null).length;
  const why = unseen ? counted('measure_unseen', unseen) : word('measure_error');
  return `${parts.join(', ')}. ${why}`;
}

/** Digits as the error allows. @param {import('./measuring.js').Measured} measured */
function figure({ value, error }, sign) {
  if (error === null) return `${unit(value, sign)} (${word('measure_unsure')})`;
  const digits = error < 1 ? 1 : 0;
  return `${number(value, digits)} ${plusMinus(error, digits)}\u202f${sign}`;
}
