/** The strip of the whole kept time: scrub to any of it, play it, and go back to live. */

import { byId, setAttributes, setText } from './dom.js';
import { clock, day, number, percent, plusMinus } from './figures.js';
import { kept } from './kept.js';
import { joinKey } from './shortcuts.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { documentAt, setThen } from './then.js';
import { paintStrip } from './timestrip.js';
import { word } from './words.js';

const ASKED_EVERY_MS = 20_000;
const TICK_MS = 500;
const STEP_MS = 10_000;
const PAGE_MS = 300_000;
const SPEEDS = [10, 60];
const EDGE_MS = 5000;
const KEYS = { ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS, ArrowRight: STEP_MS, ArrowUp: STEP_MS, PageDown: -PAGE_MS, PageUp: PAGE_MS };

export class Timeline {
  /** @param {{show: (document: object|null) => void, live: () => void}} map what shows a map of then, and the newest again */
  constructor(map) {
    this._map = map;
    this._timeline = null;
    this._failed = false;
    /** Where the strip stands, UTC in milliseconds; null is live. @type {number|null} */
    this._atMs = null;
    this._playing = 0;
    this._speed = 0;
    this._asking = false;
    this._canvas = byId('time-strip');
    this._listen();
    new ResizeObserver(() => this._paint()).observe(this._canvas);
    watch((_, changed) => ['language', 'theme', 'tick'].some((name) => changed.has(name)) && this._show());
    this._ask();
    setInterval(() => this._ask(), ASKED_EVERY_MS);
  }

  _listen() {
    const press = { 'time-live': () => this.live(), 'time-back': () => this.by(-STEP_MS), 'time-on': () => this.by(STEP_MS), 'time-play': () => this.pause(), 'time-speed': () => this._faster(), 'then-live': () => this.live() };
    for (const [id, act] of Object.entries(press)) byId(id).addEventListener('click', act);
    joinKey('j', 'keys_time_back', () => this.by(-STEP_MS));
    joinKey('k', 'keys_time_on', () => this.by(STEP_MS));
    joinKey('l', 'keys_time_live', () => this.live());
    document.addEventListener('keydown', (event) => {
      const free = event.target === document.body || event.target === byId('map') || event.target === this._canvas;
      if (event.key !== ' ' || !free || kept('keys') === 'off' || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.pause();
    });
    this._canvas.addEventListener('keydown', (event) => this._key(event));
    this._canvas.addEventListener('pointerdown', (event) => {
      this._canvas.setPointerCapture(event.pointerId);
      this._point(event);
    });
    this._canvas.addEventListener('pointermove', (event) => this._canvas.hasPointerCapture(event.pointerId) && this._point(event));
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in KEYS) this.by(KEYS[event.key]);
    else if (event.key === 'Home') this.go(this._span().fromMs);
    else if (event.key === 'End') this.live();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} event */
  _point({ clientX }) {
    const { left, width } = this._canvas.getBoundingClientRect();
    const { fromMs, toMs } = this._span();
    const share = Math.min(1, Math.max(0, (clientX - left) / width));
    if (share * width > width - 4) this.live();
    else this.go(fromMs + share * (toMs - fromMs));
  }

  /** What the strip reaches over; it ends now. */
  _span() {
    const toMs = stationNowMs();
    const fromMs = this._timeline?.from_utc ? Date.parse(this._timeline.from_utc) : toMs;
    return { fromMs: Math.min(fromMs, toMs - 60_000), toMs };
  }

  /** @param {number} ms back or forward; forward of now is live */
  by(ms) {
    if (this._atMs === null && ms > 0) return;
    this.go((this._atMs ?? stationNowMs()) + ms);
  }

  /** @param {number} utcMs */
  go(utcMs) {
    const { fromMs, toMs } = this._span();
    if (!Number.isFinite(toMs) || !this._timeline?.from_utc) return;
    if (this._atMs !== null && utcMs > toMs - EDGE_MS) return this.live();
    this._atMs = Math.min(Math.max(utcMs, fromMs), toMs);
    setThen(this._atMs);
    this._show();
    this._fetch();
  }

  live() {
    this._stop();
    if (this._atMs === null) return;
    this._atMs = null;
    setThen(null);
    this._map.live();
    this._show();
    setText(byId('spoken'), word('time_is_live'));
  }

  /** Live stands still; what stands still plays; what plays stands still. */
  pause() {
    if (this._atMs === null) this.go(stationNowMs());
    else if (this._playing) this._stop();
    else this._playing = setInterval(() => this._asking || this.by(TICK_MS * SPEEDS[this._speed]), TICK_MS);
    this._show();
  }

  _stop() {
    clearInterval(this._playing);
    this._playing = 0;
    this._show();
  }

  _faster() {
    this._speed = (this._speed + 1) % SPEEDS.length;
    this._show();
  }

  /** Asks for the map of where the strip stands, the newest wish last. */
  async _fetch() {
    if (this._asking) return;
    this._asking = true;
    let atMs = null;
    while (this._atMs !== null && atMs !== this._atMs) {
      atMs = this._atMs;
      const answer = await documentAt(`/api/v1/density/history?at=${new Date(atMs).toISOString()}`);
      if (this._atMs === null) break;
      this._map.show(answer?.maps[0] ?? null);
    }
    this._asking = false;
  }

  async _ask() {
    const answer = await documentAt('/api/v1/timeline');
    this._failed = !answer;
    this._timeline = answer ?? this._timeline;
    this._show();
  }

  _show() {
    const live = this._atMs === null;
    const empty = !this._timeline?.from_utc;
    setText(byId('time-live'), word('time_live'));
    setAttributes(byId('time-live'), { 'aria-pressed': String(live) });
    setText(byId('time-speed'), `×${SPEEDS[this._speed]}`);
    const play = word(this._playing ? 'time_pause' : live ? 'time_hold' : 'time_play');
    setAttributes(byId('time-play'), { 'aria-label': play, title: play, 'data-shows': this._playing || live ? 'pause' : 'play' });
    for (const id of ['time-back', 'time-on', 'time-play', 'time-speed']) byId(id).disabled = empty;
    byId('time-on').disabled = empty || live;
    byId('then').hidden = live;
    setText(byId('then-text'), live ? '' : word('then', { time: clock(this._atMs, true), day: day(this._atMs) }));
    setText(byId('time-said'), this._said(empty));
    this._showSlider();
    this._paint();
  }

  _said(empty) {
    if (this._failed) return word('time_failed');
    if (empty) return word('time_empty');
    return '';
  }

  _showSlider() {
    const { fromMs, toMs } = this._span();
    if (!Number.isFinite(toMs)) return;
    const atMs = this._atMs ?? toMs;
    const values = { 'aria-valuemin': 0, 'aria-valuemax': Math.round((toMs - fromMs) / 1000), 'aria-valuenow': Math.round((atMs - fromMs) / 1000) };
    setAttributes(this._canvas, { ...values, 'aria-valuetext': this._atMs === null ? word('time_is_live') : this._valueText(atMs) });
  }

  /** @param {number} atMs */
  _valueText(atMs) {
    const { density } = current();
    const time = `${clock(atMs, true)}, ${day(atMs)}`;
    if (!density || density.people === null) return `${time}: ${word('then_nothing')}`;
    return word('time_value', { time, people: number(density.people), error: plusMinus(density.peopleSigma ?? 0), share: percent(density.observedShare) });
  }

  _paint() {
    const span = this._span();
    if (this._canvas.clientWidth && this._timeline && Number.isFinite(span.toMs)) paintStrip(this._canvas, this._timeline, span, this._atMs ?? span.toMs);
  }
}
