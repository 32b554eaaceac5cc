/** What a pilot answers to the command post: going, cannot and why, done. */

import { byId, el, setText } from './dom.js';
import { told } from './officerapi.js';
import { watch } from './state.js';
import { word } from './words.js';

const REASONS = ['battery', 'wind', 'far', 'obstacle'];
/** Outcomes with words of their own here; the others are the officers'. */
const OWN_WORDS = { already: 'pilot_refused_already', gone: 'pilot_refused_gone' };

export class PilotAnswer {
  constructor() {
    /** @type {object|null} what is asked now */
    this.request = null;
    this._vehicle = null;
    this._busy = false;
    byId('pilot-going').addEventListener('click', () => this._send(this.request?.state === 'going' ? 'done' : 'going'));
    byId('pilot-cannot').addEventListener('click', () => this._ask());
    byId('pilot-why-close').addEventListener('click', () => byId('pilot-why').close());
    byId('pilot-why-form').addEventListener('submit', (event) => this._typed(event));
    watch((_, changed) => changed.has('language') && this._offer());
  }

  /**
   * @param {object|null} request
   * @param {number|null} vehicle system id
   */
  show(request, vehicle) {
    // a sheet of reasons is about the request that it was opened for
    if (byId('pilot-why').open && request?.id !== this.request?.id) byId('pilot-why').close();
    [this.request, this._vehicle] = [request, vehicle];
    byId('pilot-go').hidden = !request;
    const going = byId('pilot-going');
    setText(going, word(this._busy ? 'pilot_sending' : request?.state === 'going' ? 'pilot_done' : 'pilot_going'));
    for (const button of [going, byId('pilot-cannot')]) button.disabled = this._busy;
  }

  _offer() {
    const buttons = REASONS.map((name) => {
      const button = el('button', { type: 'button' }, word(`pilot_why_${name}`));
      button.addEventListener('click', () => this._send('cannot', word(`pilot_why_${name}`)));
      return button;
    });
    byId('pilot-quick').replaceChildren(...buttons);
  }

  _ask() {
    setText(byId('pilot-refusal'), '');
    byId('pilot-why-text').value = '';
    byId('pilot-why').showModal();
  }

  /** @param {SubmitEvent} event */
  _typed(event) {
    event.preventDefault();
    const reason = byId('pilot-why-text').value.trim();
    if (reason) this._send('cannot', reason);
    else byId('pilot-why-text').focus();
  }

  /**
   * @param {'going'|'cannot'|'done'} answer
   * @param {string} [reason]
   */
  async _send(answer, reason) {
    if (!this.request || this._busy) return;
    byId('pilot-why').close();
    this._busy = true;
    this.show(this.request, this._vehicle);
    const body = { vehicle: this._vehicle, answer, ...(reason ? { reason } : {}) };
    const { outcome, says } = await told('POST', `/api/v1/lookouts/${this.request.id}/answer`, body);
    this._busy = false;
    const said = outcome === 'done' ? `pilot_said_${answer}` : (OWN_WORDS[outcome] ?? `refused_${outcome}`);
    setText(byId('pilot-refusal'), outcome === 'other' ? `${word(said)} ${says}` : word(said));
    this.show(this.request, this._vehicle);
  }
}
