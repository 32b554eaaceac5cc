/** Aligning a camera: points clicked in its frozen redacted picture and on the map, solved, stored, forgotten. */

import { alignment, snapshot } from './alignapi.js';
import { AlignMap } from './alignmap.js';
import { AlignPicture } from './alignpicture.js';
import { lonLatFromText, textFromLonLat } from './alignplace.js';
import { showPoints, showResult } from './alignresult.js';
import { byId, setText } from './dom.js';
import { clock } from './figures.js';
import { watch } from './state.js';
import { word } from './words.js';

const LEAST_POINTS = 2;
const MOST_POINTS = 50;

/** @typedef {import('./alignapi.js').TiePoint} TiePoint */

export class AlignPanel {
  /** @param {import('./map.js').DensityMap} map */
  constructor(map) {
    this._densityMap = map;
    this._map = new AlignMap(map, (lonLat) => this._placeChosen(lonLat));
    this._picture = new AlignPicture(byId('align-picture'), (pixel) => this._pixelChosen(pixel));
    this._camera = '';
    this._forget();
    this._listen();
    watch((_, changed) => this._camera && changed.has('language') && this._show());
    watch((_, changed) => this._camera && changed.has('theme') && this._picture.draw());
  }

  _forget() {
    /** @type {TiePoint[]} */
    this._points = [];
    /** @type {{u: number, v: number}|null} */
    this._pixel = null;
    /** @type {object|null} what the station said of exactly these points */
    this._answer = null;
    this._inForce = null;
    this._utc = '';
  }

  _listen() {
    const buttons = {
      'align-close': () => this.close(), 'align-again': () => this._freeze(), 'align-solve': () => this._ask('POST'),
      'align-store': () => this._ask('PUT'), 'align-forget': () => this._forgetStored(),
      'align-closer': () => this._picture.zoom(1), 'align-farther': () => this._picture.zoom(-1),
    };
    for (const [id, act] of Object.entries(buttons)) byId(id).addEventListener('click', act);
    byId('align-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this._add();
    });
    byId('align-place').addEventListener('input', () => this._show());
    byId('align').addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
  }

  /** @param {string} camera */
  async open(camera) {
    if (this._camera) this.close();
    this._camera = camera;
    document.body.classList.add('aligning');
    byId('align').hidden = false;
    this._map.open();
    this._show();
    byId('align-picture').focus();
    const [inForce] = await Promise.all([alignment(camera, 'GET'), this._freeze()]);
    if (camera !== this._camera) return;
    this._inForce = inForce;
    this._show();
  }

  close() {
    const camera = this._camera;
    this._camera = '';
    this._forget();
    this._picture.show(null);
    this._map.close();
    byId('align-place').value = byId('align-height').value = '';
    byId('align').hidden = true;
    document.body.classList.remove('aligning');
    [...document.querySelectorAll('.tile')].find((tile) => tile.dataset.camera === camera)?.querySelector('.tile-align')?.focus();
  }

  /** Takes a new picture; points of earlier ones keep their own instant. */
  async _freeze() {
    const camera = this._camera;
    const taken = await snapshot(camera);
    if (camera !== this._camera || !camera) return;
    this._pixel = null;
    this._utc = taken?.utc ?? '';
    this._picture.show(taken?.bitmap ?? null);
    this._show();
  }

  /** @param {{u: number, v: number}} pixel */
  _pixelChosen(pixel) {
    this._pixel = pixel;
    this._show();
  }

  /** @param {[number, number]} lonLat */
  _placeChosen(lonLat) {
    byId('align-place').value = textFromLonLat(lonLat);
    this._show();
  }

  _add() {
    const lonLat = lonLatFromText(byId('align-place').value);
    if (!this._pixel || !lonLat || this._points.length >= MOST_POINTS) return;
    const heightM = Number(byId('align-height').value.replace(',', '.')) || 0;
    this._points.push({ utc: this._utc, ...this._pixel, lonLat, heightM });
    this._pixel = null;
    byId('align-place').value = byId('align-height').value = '';
    this._changed();
    byId('align-picture').focus();
  }

  /** @param {number} place */
  _remove(place) {
    this._points.splice(place, 1);
    this._changed();
    byId('align-picture').focus();
  }

  /** What the station said holds for the points as they were. */
  _changed() {
    this._answer = null;
    this._show();
  }

  /** @param {'POST'|'PUT'} method */
  async _ask(method) {
    const points = [...this._points];
    setText(byId('align-solve'), word('align_busy'));
    const answer = await alignment(this._camera, method, points);
    setText(byId('align-solve'), word('align_solve'));
    if (points.length !== this._points.length || points.some((point, place) => point !== this._points[place])) return;
    this._answer = answer;
    if (answer.stored) this._inForce = { source: 'station', alignment: answer };
    this._show();
    byId('align-result').scrollIntoView({ block: 'nearest' });
  }

  async _forgetStored() {
    const camera = this._camera;
    const answer = await alignment(camera, 'DELETE');
    if (camera !== this._camera) return;
    if (answer.error === undefined) [this._inForce, this._answer] = [answer, null];
    else this._answer = answer;
    this._show();
  }

  _show() {
    const lonLat = lonLatFromText(byId('align-place').value);
    setText(byId('align-title'), word('align_title', { name: this._camera }));
    setText(byId('align-taken'), this._utc ? word('align_taken', { time: clock(Date.parse(this._utc), true) }) : word('align_no_picture'));
    setText(byId('align-step'), this._stepText(lonLat));
    byId('align-picture').setAttribute('aria-label', word('align_picture', { name: this._camera }));
    this._enable(lonLat);
    showPoints(this._points, this._answer, (place) => this._remove(place));
    showResult(this._answer, this._inForce);
    this._mark(lonLat);
  }

  /** @param {[number, number]|null} lonLat */
  _stepText(lonLat) {
    if (!this._utc) return word('align_step_wait');
    if (!this._pixel) return word('align_step_picture', { number: this._points.length + 1 });
    return word(lonLat ? 'align_step_add' : 'align_step_map');
  }

  /** @param {[number, number]|null} lonLat */
  _enable(lonLat) {
    const typed = byId('align-place').value.trim() !== '';
    byId('align-place').setAttribute('aria-invalid', String(typed && !lonLat));
    byId('align-add').disabled = !this._pixel || !lonLat;
    byId('align-solve').disabled = this._points.length < LEAST_POINTS;
    byId('align-store').disabled = !this._answer || this._answer.error !== undefined || this._answer.stored;
    byId('align-forget').hidden = this._inForce?.source !== 'station';
  }

  /** @param {[number, number]|null} lonLat */
  _mark(lonLat) {
    const labelled = this._points.map((point, place) => ({ ...point, label: String(place + 1) }));
    const pixel = this._pixel ? [{ ...this._pixel, label: '', pending: true }] : [];
    this._picture.mark([...labelled.filter(({ utc }) => utc === this._utc), ...pixel]);
    this._map.mark([...labelled, ...(lonLat ? [{ lonLat, label: '', pending: true }] : [])]);
  }
}
