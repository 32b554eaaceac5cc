/** The dialog that takes an alert up: a reason in one line. What is typed stays until the station has kept it. */

import { acknowledgedText, byText, kindText, placeText } from './alertwords.js';
import { signField } from './author.js';
import { byId, el, setText } from './dom.js';
import { clock } from './figures.js';
import { told } from './officerapi.js';
import { current, watch } from './state.js';
import { word } from './words.js';

/** Frequent reasons, by the word that says them. */
const QUICK = ['quick_sent', 'quick_closed', 'quick_turned', 'quick_said', 'quick_known', 'quick_false'];
const LONGEST_REASON = 300;

/** @typedef {import('./alertlist.js').Alert} Alert */

export class AcknowledgeDialog {
  /** @param {(alert: Alert, given: import('./alertlist.js').Acknowledged) => void} taken the station has kept it */
  constructor(taken) {
    this._taken = taken;
    this._dialog = byId('acknowledge');
    this._reason = byId('acknowledge-reason');
    /** @type {Alert|null} */
    this._alert = null;
    this._number = 0;
    /** What was typed and not kept by the station, by id of the alert. @type {Map<string, string>} */
    this._drafts = new Map();
    /** @type {() => string} of the language that is on */
    this._refusal = () => '';
    this._busy = false;
    this._listen();
  }

  _listen() {
    byId('acknowledge-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this._send();
    });
    for (const id of ['acknowledge-close', 'acknowledge-cancel']) byId(id).addEventListener('click', () => this._dialog.close());
    this._reason.addEventListener('input', () => this._keepDraft());
    this._reason.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault();
      this._send();
    });
    signField(byId('acknowledge-by'));
    watch((_, changed) => changed.has('language') && this._showWords());
  }

  /**
   * @param {Alert} alert
   * @param {number} number of its card
   */
  open(alert, number) {
    this._alert = alert;
    this._number = number;
    this._refusal = () => '';
    this._reason.value = this._drafts.get(alert.id) ?? '';
    this._showWords();
    this._dialog.showModal();
    this._reason.focus();
  }

  /**
   * Alerts as they are now: the one in hand may have been taken up by somebody, or have ended.
   * @param {Alert[]} cards
   */
  follow(cards) {
    if (!this._dialog.open || !this._alert) return;
    const now = cards.find(({ id }) => id === this._alert.id);
    if (now) this._alert = now;
    const note = !now ? word('acknowledge_ended') : now.acknowledged ? acknowledgedText(now.acknowledged) : '';
    setText(byId('acknowledge-note'), note);
  }

  _showWords() {
    if (!this._alert) return;
    setText(byId('acknowledge-title'), word('acknowledge_title', { number: this._number, kind: kindText(this._alert) }));
    setText(byId('acknowledge-place'), placeText(this._alert, current().zones));
    byId('acknowledge-quick').replaceChildren(...QUICK.map((key) => this._quickButton(word(key))));
    this._showState();
  }

  _showState() {
    setText(byId('acknowledge-refusal'), this._refusal());
    setText(byId('acknowledge-send'), word(this._busy ? 'acknowledge_busy' : 'acknowledge_send'));
    byId('acknowledge-send').disabled = this._busy;
  }

  /** @param {string} text */
  _quickButton(text) {
    const button = el('button', { type: 'button', class: 'button' }, text);
    button.addEventListener('click', () => {
      const typed = this._reason.value.trim();
      const others = QUICK.map((key) => word(key));
      this._reason.value = !typed || others.includes(typed) ? text : `${typed}, ${text}`;
      this._keepDraft();
      this._reason.focus();
    });
    return button;
  }

  _keepDraft() {
    this._drafts.set(this._alert.id, this._reason.value);
    this._refuse(() => '');
  }

  /** @param {() => string} refusal */
  _refuse(refusal) {
    this._refusal = refusal;
    this._reason.setAttribute('aria-invalid', String(refusal() !== ''));
    this._showState();
  }

  async _send() {
    if (this._busy) return;
    const [alert, reason, by] = [this._alert, oneLine(this._reason.value), oneLine(byId('acknowledge-by').value)];
    if (!reason) return this._fail(() => word('refused_reason'));
    if (reason.length > LONGEST_REASON) return this._fail(() => word('refused_reason_long', { most: LONGEST_REASON }));
    this._busy = true;
    this._refuse(() => '');
    const answer = await told('POST', `/api/v1/alerts/${encodeURIComponent(alert.id)}/acknowledge`, by ? { reason, by } : { reason });
    this._busy = false;
    if (answer.outcome === 'done') return this._done(alert, answer.document.acknowledged);
    if (alert.id === this._alert?.id) this._fail(() => `${refusalText(answer, this._alert)} ${word('acknowledge_kept')}`);
  }

  /** @param {() => string} refusal */
  _fail(refusal) {
    this._refuse(refusal);
    this._reason.focus();
  }

  /**
   * @param {Alert} alert
   * @param {import('./alertlist.js').Acknowledged} given
   */
  _done(alert, given) {
    this._drafts.delete(alert.id);
    if (alert.id === this._alert?.id) this._dialog.close();
    this._showState();
    this._taken(alert, given);
    byId('alert-cards').focus({ preventScroll: true });
  }
}

/** @param {string} text */
const oneLine = (text) => text.split(/\s+/).filter(Boolean).join(' ');

/**
 * @param {import('./officerapi.js').Answer} answer
 * @param {Alert} alert as it is known by now
 */
function refusalText({ outcome, says }, { acknowledged }) {
  if (outcome === 'already') {
    if (!acknowledged) return word('refused_already_unknown');
    return word('refused_already', { time: clock(Date.parse(acknowledged.utc)), by: byText(acknowledged.by), reason: acknowledged.reason });
  }
  if (outcome === 'right' && says.includes('replay')) return word('refused_replay');
  return outcome === 'other' ? `${word('refused_other')} (${says})` : word(`refused_${outcome}`);
}
