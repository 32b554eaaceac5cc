/** The cards of alerts; each is kept while its alert holds, so that a button under a finger stays there. */

import { hueOf, isOpen } from './alertlist.js';
import { acknowledgedText, kindText, levelText, nameText, placeText, sinceText, whyText } from './alertwords.js';
import { el, setAttributes, setText } from './dom.js';
import { levelBar } from './swatch.js';
import { word } from './words.js';

/**
 * @typedef {import('./alertlist.js').Alert} Alert
 * @typedef {{acknowledge: (id: string) => void, see: (id: string) => void, choose: (id: string) => void}} Acts
 * @typedef {object} Shown what a card is dressed with
 * @property {number} number
 * @property {boolean} chosen
 * @property {boolean} replay
 * @property {number} nowMs UTC by the station
 * @property {import('./density.js').Density|null} density
 * @property {object|null} zones
 */

export class AlertCards {
  /**
   * @param {HTMLElement} list
   * @param {Acts} acts
   */
  constructor(list, acts) {
    this._list = list;
    this._acts = acts;
    /** @type {Map<string, HTMLElement>} */
    this._cards = new Map();
  }

  /**
   * @param {Alert[]} cards
   * @param {Omit<Shown, 'number'|'chosen'> & {chosen: string|null}} shown
   */
  show(cards, shown) {
    const ids = new Set(cards.map(({ id }) => id));
    for (const [id, card] of this._cards) if (!ids.has(id)) this._remove(id, card);
    cards.forEach((alert, place) => {
      const card = this._cards.get(alert.id) ?? this._add(alert.id);
      // moving an element takes the focus from it: only where its place is another
      if (this._list.children[place] !== card) this._move(card, place);
      dress(card, alert, { ...shown, number: place + 1, chosen: alert.id === shown.chosen });
    });
  }

  /** @param {string} id */
  focus(id) {
    const card = this._cards.get(id);
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus({ preventScroll: true });
  }

  /** @param {string} id */
  _add(id) {
    const mark = el('div', { class: 'alert-mark' }, el('b', {}), el('em', {}));
    const head = el('h3', {}, el('span', { class: 'alert-kind' }), el('time', {}));
    const text = el('p', { class: 'alert-text' }, el('b', {}), ' ', el('span', {}));
    const acknowledge = el('button', { type: 'button', class: 'button main alert-acknowledge' });
    const see = el('button', { type: 'button', class: 'button alert-see' });
    const acts = el('div', { class: 'alert-acts' }, acknowledge, see);
    const card = el('li', { class: 'alert-card', tabindex: -1 }, mark, el('div', { class: 'alert-body' }, head, text, el('p', { class: 'alert-done' }), acts));
    acknowledge.addEventListener('click', () => this._acts.acknowledge(id));
    see.addEventListener('click', () => this._acts.see(id));
    card.addEventListener('focusin', () => this._acts.choose(id));
    this._cards.set(id, card);
    return card;
  }

  /**
   * @param {HTMLElement} card
   * @param {number} place
   */
  _move(card, place) {
    const focused = card.contains(document.activeElement) ? document.activeElement : null;
    this._list.insertBefore(card, this._list.children[place] ?? null);
    focused?.focus({ preventScroll: true });
  }

  /**
   * @param {string} id
   * @param {HTMLElement} card
   */
  _remove(id, card) {
    const held = card.contains(document.activeElement);
    card.remove();
    this._cards.delete(id);
    if (held) this._list.focus({ preventScroll: true });
  }
}

/**
 * @param {HTMLElement} card
 * @param {Alert} alert
 * @param {Shown} shown
 */
function dress(card, alert, { number, chosen, replay, nowMs, density, zones }) {
  const [mark, name] = [card.querySelector('.alert-mark'), nameText(alert, number)];
  setAttributes(card, { 'aria-label': name, 'aria-current': chosen && 'true', 'data-kind': alert.kind, 'data-level': alert.level });
  card.classList.toggle('acknowledged', Boolean(alert.acknowledged));
  colour(mark, hueOf(alert));
  setText(mark.querySelector('b'), String(number));
  setText(mark.querySelector('em'), levelText(alert));
  setText(card.querySelector('.alert-kind'), kindText(alert));
  setText(card.querySelector('time'), sinceText(alert, nowMs));
  setText(card.querySelector('.alert-text b'), `${placeText(alert, zones)}.`);
  setText(card.querySelector('.alert-text span'), whyText(alert, density, nowMs));
  setText(card.querySelector('.alert-done'), alert.acknowledged ? acknowledgedText(alert.acknowledged) : '');
  dressButtons(card, alert, { number, replay });
}

/**
 * The band: hue and pattern of the level under its number.
 * @param {HTMLElement} mark
 * @param {number} hue
 */
function colour(mark, hue) {
  if (mark.dataset.hue === String(hue)) return;
  mark.dataset.hue = String(hue);
  mark.querySelector('.level-bar')?.remove();
  if (hue >= 0) mark.append(levelBar(hue));
}

/**
 * @param {HTMLElement} card
 * @param {Alert} alert
 * @param {{number: number, replay: boolean}} shown
 */
function dressButtons(card, alert, { number, replay }) {
  const [acknowledge, see] = [card.querySelector('.alert-acknowledge'), card.querySelector('.alert-see')];
  acknowledge.hidden = replay || !isOpen(alert);
  setText(acknowledge, word('alert_acknowledge'));
  acknowledge.setAttribute('aria-label', word('alert_acknowledge_of', { number }));
  setText(see, word('alert_see'));
  see.setAttribute('aria-label', word('alert_see_of', { number }));
}
