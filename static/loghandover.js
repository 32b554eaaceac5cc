/** The handover of a shift: who leaves writes what matters beside the station's summary; who comes takes it over by name. */

import { author, setAuthor, signField } from './author.js';
import { byId, el, setText } from './dom.js';
import { draft, keepDraft, newKey } from './drafts.js';
import { clock } from './figures.js';
import { refusedText } from './logform.js';
import { summaryLines } from './logwords.js';
import { told } from './officerapi.js';
import { watch } from './state.js';
import { word } from './words.js';

const ADDRESS = '/api/v1/log/handover';
const DRAFT = 'handover';

export class HandoverDialog {
  /** @param {(entry: import('./logwords.js').Entry) => void} done */
  constructor(done) {
    this._done = done;
    /** @type {import('./logwords.js').Entry|null} */
    this._offered = null;
    /** @type {object|null} */
    this._summary = null;
    this._key = newKey();
    this._busy = false;
    /** @type {() => string} of the language that is on */
    this._refusal = () => '';
    this._listen();
    watch((_, changed) => changed.has('language') && this._show());
  }

  _listen() {
    for (const id of ['handover-close', 'handover-cancel']) byId(id).addEventListener('click', () => byId('handover').close());
    byId('handover-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this._send();
    });
    byId('handover-text').addEventListener('input', () => this._keep());
    byId('handover-author').addEventListener('input', () => this._keep());
    signField(byId('handover-author'));
  }

  _keep() {
    if (!this._offered) keepDraft(DRAFT, { text: byId('handover-text').value, key: this._key });
    this._refuse(() => '');
  }

  /** @param {import('./logwords.js').Entry|null} offered that waits to be taken over */
  async open(offered) {
    const kept = offered ? null : draft(DRAFT);
    [this._offered, this._key, this._summary] = [offered, kept?.key ?? newKey(), offered?.summary ?? null];
    byId('handover-text').value = kept?.text ?? '';
    const field = byId('handover-author');
    field.value = offered && !field.readOnly ? '' : author();
    this._refuse(() => '');
    this._show();
    byId('handover').showModal();
    byId(offered ? 'handover-author' : 'handover-text').focus();
    if (offered) return;
    const answer = await told('GET', ADDRESS);
    if (answer.outcome === 'done') this._summary = answer.document;
    else this._refuse(() => refusedText(answer));
    this._show();
  }

  _show() {
    const offered = this._offered;
    setText(byId('handover-act'), offered ? word('handover_offered', { by: offered.author, time: clock(Date.parse(offered.utc)) }) : word('handover_hint'));
    setText(byId('handover-said'), offered?.text ?? '');
    byId('handover-matters').hidden = Boolean(offered);
    setText(byId('handover-who'), word(offered ? 'handover_comes' : 'handover_leaves'));
    setText(byId('handover-send'), word(this._busy ? 'log_sending' : offered ? 'handover_take' : 'handover_offer'));
    byId('handover-send').disabled = this._busy;
    byId('handover-summary').replaceChildren(...(this._summary ? summaryLines(this._summary).flatMap(part) : []));
    this._refuse(this._refusal);
  }

  /** @param {() => string} refusal */
  _refuse(refusal) {
    this._refusal = refusal;
    setText(byId('handover-refusal'), refusal());
  }

  async _send() {
    if (this._busy) return;
    const [text, name] = [byId('handover-text').value.trim(), byId('handover-author').value.trim()];
    if (!this._offered && !text) return this._stop('text', 'log_text_missing');
    if (!name) return this._stop('author', 'log_author_missing');
    if (this._offered && same(name, this._offered.author)) return this._stop('author', byId('handover-author').readOnly ? 'handover_same_signed' : 'handover_same');
    this._busy = true;
    this._show();
    const answer = await told('POST', ADDRESS, { author: name, key: this._key, ...(this._offered ? { offer: this._offered.number } : { text }) });
    this._busy = false;
    if (answer.outcome === 'done') this._sent(answer.document, name);
    else this._refuse(() => (answer.outcome === 'already' ? word('handover_already') : `${refusedText(answer)} ${word('log_kept')}`));
    this._show();
  }

  /** @param {string} field @param {string} key */
  _stop(field, key) {
    this._refuse(() => word(key));
    byId(`handover-${field}`).focus();
  }

  /** @param {import('./logwords.js').Entry} entry @param {string} name */
  _sent(entry, name) {
    if (!this._offered) keepDraft(DRAFT, null);
    if (this._offered) {
      setAuthor(name);
      byId('log-author').value = name;
    }
    byId('handover').close();
    this._done(entry);
  }
}

const same = (one, other) => one.toLowerCase().split(/\s+/).join(' ') === other.toLowerCase();

/** @param {[string, string[]]} heading and lines */
function part([heading, lines]) {
  return [el('dt', {}, heading), ...lines.map((line) => el('dd', {}, line))];
}
