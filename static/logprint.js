/** The incident log on paper: a table of all that the page has, oldest first; an exercise says so on top. */

import { exerciseTitle } from './exercise.js';
import { el } from './dom.js';
import { clock, day } from './figures.js';
import { aboutText, entryText, kindText } from './logwords.js';
import { printInstead } from './printing.js';
import { current } from './state.js';
import { stationNowMs } from './stationclock.js';
import { word } from './words.js';

/** @param {import('./logwords.js').Entry[]} run newest first @returns {Promise<boolean>} it was written down and printed */
export function printLog(run) {
  const { health } = current();
  const nowMs = stationNowMs();
  const title = exerciseTitle(`${word('log')} — ${health?.mission.purpose ?? ''}`);
  const rows = [...run].reverse().map((entry) => row(entry));
  const table = el('table', { class: 'paper-log' }, el('tbody', {}, ...rows));
  return printInstead([el('h2', {}, title), el('p', {}, `${health?.station ?? ''} · ${day(nowMs)} ${clock(nowMs, true)}`), table]);
}

/** @param {import('./logwords.js').Entry} entry */
function row(entry) {
  const atMs = Date.parse(entry.utc);
  const about = [entry.refers_to && word('log_corrects', { number: entry.refers_to }), aboutText(entry)].filter(Boolean).join(' · ');
  const cells = [entry.number, `${day(atMs)} ${clock(atMs, true)}`, kindText(entry), entry.author ?? '', entryText(entry), about];
  return el('tr', {}, ...cells.map((text) => el('td', {}, String(text))));
}
