/** Below 900 px the rail's sections are tabs; above, they all stand side by side and are no tabs at all. */

import { byId, setAttributes } from './dom.js';

const narrow = matchMedia('(max-width: 899px)');

export function startTabs() {
  const tabs = [...byId('tabs').querySelectorAll('[role=tab]')];
  for (const tab of tabs) tab.addEventListener('click', () => choose(tabs, tab));
  byId('tabs').addEventListener('keydown', (event) => move(event, tabs));
  narrow.addEventListener('change', () => choose(tabs, tabs[0]));
  choose(tabs, tabs[0]);
}

/** @param {string} id of the tab whose panel is to be seen */
export function showTab(id) {
  choose([...byId('tabs').querySelectorAll('[role=tab]')], byId(id));
}

/**
 * @param {HTMLElement[]} tabs
 * @param {HTMLElement} chosen
 */
function choose(tabs, chosen) {
  for (const tab of tabs) {
    const on = tab === chosen;
    setAttributes(tab, { 'aria-selected': String(on), tabindex: on ? 0 : -1 });
    const panel = byId(tab.getAttribute('aria-controls'));
    panel.classList.toggle('tab-hidden', !on);
    setAttributes(panel, { role: narrow.matches && 'tabpanel' });
  }
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} tabs
 */
function move(event, tabs) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
  choose(tabs, next);
  next.focus();
  event.preventDefault();
}
