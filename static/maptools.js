/** Buttons beside the map, and the small panels that they open; one panel at a time. */

import { byId, el, svg } from './dom.js';
import { joinEscape, joinKey } from './shortcuts.js';

/** @type {MapPanel|null} */
let open = null;

/**
 * @param {{id: string, word: string, icon: string, letter?: string, controls?: string, act: () => void}} tool `word` names it and its key
 * @returns {HTMLElement}
 */
export function addTool({ id, word, icon, letter, controls, act }) {
  const picture = svg('svg', { viewBox: '0 0 20 20', 'aria-hidden': 'true' }, svg('path', { d: icon }));
  const button = el('button', { type: 'button', id, 'data-label': word, 'aria-expanded': 'false', 'aria-controls': controls }, picture);
  button.addEventListener('click', act);
  document.querySelector('.tools').append(button);
  if (letter) joinKey(letter, word, act);
  return button;
}

/** A small panel beside the tools, opened and closed by its button, closed by Escape. */
export class MapPanel {
  /** @param {{id: string, word: string, icon: string, letter?: string}} tool */
  constructor({ id, word, icon, letter }) {
    this.body = el('div', { class: 'map-panel-body' });
    const close = el('button', { type: 'button', class: 'map-panel-close', 'data-label': 'close' }, '×');
    const title = el('h2', {}, el('span', { 'data-word': word }), close);
    this.element = el('section', { id, class: 'map-panel', 'data-label': word, hidden: true, role: 'group' }, title, this.body);
    close.addEventListener('click', () => this.close());
    this.button = addTool({ id: `${id}-toggle`, word, icon, letter, controls: id, act: () => this.toggle() });
    byId('middle').append(this.element);
    joinEscape(() => !this.element.hidden && this.close());
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
  }

  toggle() {
    if (!this.element.hidden) return void this.close();
    open?.close();
    open = this;
    this.element.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    this.body.querySelector('input, button')?.focus();
  }

  /** @returns {true} */
  close() {
    const hadFocus = this.element.contains(document.activeElement);
    open = null;
    this.element.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
    if (hadFocus) this.button.focus();
    return true;
  }
}
