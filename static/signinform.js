/** The form to sign in, for its page and for the dialog over a page: what was typed stays when it is refused. */

import { el, setText } from './dom.js';
import { duration } from './figures.js';
import { signIn } from './sessionapi.js';
import { word } from './words.js';

export class SignInForm {
  /** @param {() => void} done somebody has signed in */
  constructor(done) {
    this._done = done;
    this._busy = false;
    /** @type {() => string} of the language that is on */
    this._refusal = () => '';
    this.name = el('input', { id: 'sign-in-name', name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, maxlength: 80 });
    this.password = el('input', { id: 'sign-in-password', name: 'password', type: 'password', autocomplete: 'current-password', required: true, maxlength: 256 });
    this._said = el('p', { class: 'refusal', id: 'sign-in-refusal', role: 'alert' });
    this._button = el('button', { type: 'submit', class: 'button main', id: 'sign-in-send' });
    this.element = el('form', { class: 'sign-in-form', id: 'sign-in-form', novalidate: true }, field('sign_in_name', this.name), field('sign_in_password', this.password), this._said, this._button);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this._send();
    });
    this.show();
  }

  /** Puts the cursor where something is missing. */
  focus() {
    (this.name.value ? this.password : this.name).focus();
  }

  show() {
    setText(this._said, this._refusal());
    setText(this._button, word(this._busy ? 'sign_in_busy' : 'sign_in'));
    this._button.disabled = this._busy;
  }

  async _send() {
    if (this._busy) return;
    const [name, password] = [this.name.value.trim(), this.password.value];
    if (!name || !password) return this._refuse(() => word('sign_in_empty'));
    this._busy = true;
    this._refusal = () => '';
    this.show();
    const { done, cause, waitS } = await signIn(name, password);
    this._busy = false;
    if (!done) return this._refuse(() => word(`sign_in_${cause}`, { age: duration(waitS) }));
    this.password.value = '';
    this.show();
    this._done();
  }

  /** @param {() => string} refusal */
  _refuse(refusal) {
    this._refusal = refusal;
    this.show();
    this.focus();
  }
}

/** @param {string} key @param {HTMLElement} input */
const field = (key, input) => el('label', {}, el('span', { 'data-word': key }, word(key)), input);
