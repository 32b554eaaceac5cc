/** The form of a new entry. What is typed stays until the station has kept it, over a reload and a session's end. */

import { kindText as alertKindText, placeText } from './alertwords.js';
import { author, setAuthor, signField } from './author.js';
import { byId, el, setText } from './dom.js';
import { draft, keepDraft, newKey } from './drafts.js';
import { position } from './figures.js';
import { told } from './officerapi.js';
import { joinEscape } from './shortcuts.js';
import { current, watch } from './state.js';
import { word } from './words.js';

const KINDS = ['note', 'incident', 'decision', 'action', 'message'];
const FIELDS = ['kind', 'text', 'zone', 'alert'];
const DRAFT = 'log';

/** @param {import('./officerapi.js').Answer} answer */
export function refusedText({ outcome, says }) {
  if (outcome === 'right' && says.includes('replay')) return word('log_replay');
  return ['session', 'right', 'disk', 'silent'].includes(outcome) ? word(`refused_${outcome}`) : `${word('refused_other')} (${says})`;
}

export class LogForm {
  /**
   * @param {import('./map.js').DensityMap} map
   * @param {(entry: import('./logwords.js').Entry) => void} written
   */
  constructor(map, written) {
    this._map = map;
    this._written = written;
    /** @type {[number, number]|null} */
    this._place = null;
    /** @type {number|null} the entry that is corrected */
    this._corrects = null;
    this._key = newKey();
    this._busy = false;
    /** @type {() => string} of the language that is on */
    this._refusal = () => '';
    this._pick = (lonLat) => this._picked(lonLat);
    this._listen();
    this._restore();
    watch((_, changed) => ['language', 'zones', 'alerts'].some((name) => changed.has(name)) && this._show());
  }

  _listen() {
    byId('log-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this._send();
    });
    byId('log-text').addEventListener('keydown', (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && this._send());
    byId('log-form').addEventListener('input', () => this._keep());
    byId('log-author').addEventListener('input', ({ target }) => setAuthor(target.value));
    byId('log-place').addEventListener('click', () => (this._map.picker === this._pick ? this.stopPicking() : this._startPicking()));
    byId('log-place-gone').addEventListener('click', () => this._picked(null));
    byId('log-correct-stop').addEventListener('click', () => this.correct(null));
    joinEscape(() => this._map.picker === this._pick && (this.stopPicking(), true));
  }

  focus() {
    byId('log-text').focus({ preventScroll: true });
  }

  /** @param {number|null} number of the entry that the next one corrects */
  correct(number) {
    this._corrects = number;
    this._keep();
    this._show();
    this.focus();
  }

  _startPicking() {
    if (this._map.picker) return this._refuse(() => word('log_place_busy'));
    this._map.picker = this._pick;
    this._show();
    byId('map').focus({ preventScroll: true });
  }

  stopPicking() {
    if (this._map.picker === this._pick) this._map.picker = null;
    this._show();
  }

  /** @param {[number, number]|null} lonLat */
  _picked(lonLat) {
    this._place = lonLat;
    this.stopPicking();
    this._keep();
    byId('log-place').focus({ preventScroll: true });
  }

  _keep() {
    const fields = Object.fromEntries(FIELDS.map((name) => [name, byId(`log-${name}`).value]));
    keepDraft(DRAFT, { ...fields, place: this._place, corrects: this._corrects, key: this._key });
    this._refuse(() => '');
  }

  _restore() {
    const kept = draft(DRAFT);
    byId('log-author').value = author();
    signField(byId('log-author'));
    this._show();
    if (!kept) return;
    [this._place, this._corrects, this._key] = [kept.place ?? null, kept.corrects ?? null, kept.key ?? newKey()];
    this._kept = kept;
    for (const name of FIELDS) byId(`log-${name}`).value = kept[name] ?? '';
    this._show();
  }

  /** @param {() => string} refusal */
  _refuse(refusal) {
    this._refusal = refusal;
    this._showState();
  }

  _show() {
    options(byId('log-kind'), KINDS.map((kind) => [kind, word(`log_kind_${kind}`)]), this._kept?.kind);
    options(byId('log-zone'), [['', word('log_none')], ...zones()], this._kept?.zone);
    options(byId('log-alert'), [['', word('log_none')], ...alerts()], this._kept?.alert);
    const picking = this._map.picker === this._pick;
    setText(byId('log-place'), picking ? word('log_place_pick') : this._place ? position(this._place) : word('log_place'));
    byId('log-place').setAttribute('aria-pressed', String(picking));
    document.body.classList.toggle('log-picking', picking);
    byId('log-place-gone').hidden = !this._place;
    byId('log-correcting').hidden = this._corrects === null;
    setText(byId('log-corrects'), this._corrects === null ? '' : word('log_correcting', { number: this._corrects }));
    byId('log-kind').disabled = this._corrects !== null;
    this._showState();
  }

  _showState() {
    setText(byId('log-refusal'), this._refusal());
    setText(byId('log-send'), word(this._busy ? 'log_sending' : 'log_send'));
    byId('log-send').disabled = this._busy;
  }

  async _send() {
    if (this._busy) return;
    const [text, name] = [byId('log-text').value.trim(), byId('log-author').value.trim()];
    if (!text) return this._stop('text', 'log_text_missing');
    if (!name) return this._stop('author', 'log_author_missing');
    this._busy = true;
    this._refuse(() => '');
    const answer = await told('POST', '/api/v1/log', this._body(text, name));
    this._busy = false;
    if (answer.outcome === 'done') return this._done(answer.document);
    this._refuse(() => `${refusedText(answer)} ${word('log_kept')}`);
  }

  /** @param {string} field @param {string} key */
  _stop(field, key) {
    this._refuse(() => word(key));
    byId(`log-${field}`).focus();
  }

  _body(text, name) {
    const [zone, alert] = [byId('log-zone').value, byId('log-alert').value];
    return {
      text, author: name, kind: this._corrects === null ? byId('log-kind').value : 'correction', key: this._key,
      ...(this._corrects !== null && { refers_to: this._corrects }), ...(this._place && { lon_lat: this._place }),
      ...(zone && { zone }), ...(alert && { alert }),
    };
  }

  /** @param {import('./logwords.js').Entry} entry */
  _done(entry) {
    [this._place, this._corrects, this._key, this._kept] = [null, null, newKey(), null];
    for (const name of ['text', 'zone', 'alert']) byId(`log-${name}`).value = '';
    keepDraft(DRAFT, null);
    this._show();
    this._written(entry);
    this.focus();
  }
}

/** Choices anew, without a change to what is chosen; one that is gone stays until it is changed. */
function options(select, rows, kept = undefined) {
  const chosen = select.value || kept || rows[0][0];
  const text = JSON.stringify([rows, document.documentElement.lang]);
  if (select.dataset.rows === text) return;
  select.dataset.rows = text;
  const gone = rows.some(([value]) => value === chosen) ? [] : [[chosen, select.selectedOptions[0]?.textContent || chosen]];
  select.replaceChildren(...[...rows, ...gone].map(([value, label]) => el('option', { value }, label)));
  select.value = chosen;
}

const zones = () => (current().zones?.features ?? []).map(({ properties }) => [properties.id, properties.name]);
const alerts = () => (current().alerts?.alerts ?? []).map((alert) => [alert.id, `${alertKindText(alert)}, ${placeText(alert, current().zones)}`]);
