/** Language and theme of a page that has nothing else in its header. */

import { byId, setText } from './dom.js';
import { watch } from './state.js';
import { startTheme, switchTheme, theme } from './theme.js';
import { language, setLanguage, word } from './words.js';

export function startChoices() {
  startTheme();
  for (const button of languageButtons()) button.addEventListener('click', () => setLanguage(button.lang));
  byId('theme').addEventListener('click', switchTheme);
  watch((_, changed) => (changed.has('language') || changed.has('theme')) && showChoices());
}

const languageButtons = () => byId('languages').querySelectorAll('button');

function showChoices() {
  for (const button of languageButtons()) button.setAttribute('aria-pressed', String(button.lang === language()));
  const night = theme() === 'night';
  setText(byId('theme'), word(night ? 'day' : 'night'));
  byId('theme').setAttribute('aria-label', word(night ? 'check_to_day' : 'check_to_night'));
}
