/** One page of paper: the map as a picture, and in words why places are not seen. Made as printing begins, gone after. */

import { byId, el } from './dom.js';
import { noted } from './exports.js';
import { clock } from './figures.js';
import { pictureOf } from './picture.js';
import { current } from './state.js';
import { cause, word } from './words.js';

const PAPER_RATIO = 2;
/** What is printed in place of the map. @type {Node[]|null} */
let instead = null;

export function startPrint() {
  document.body.append(el('section', { id: 'paper', 'aria-hidden': 'true' }));
  addEventListener('beforeprint', () => {
    if (instead) return void byId('paper').replaceChildren(...instead);
    byId('paper').replaceChildren(sheetOf(), el('h2', {}, word('print_gaps')), gaps());
    noted('print');
  });
  addEventListener('afterprint', () => byId('paper').replaceChildren());
}

/**
 * Prints something else than the map; it is written down first.
 * @param {Node[]} parts
 * @returns {Promise<boolean>} it was
 */
export async function printInstead(parts) {
  if (!(await noted('print'))) return false;
  instead = parts;
  window.print();
  instead = null;
  return true;
}

/** A canvas prints at once; an image would have to load first. */
function sheetOf() {
  const picture = pictureOf(byId('map'), PAPER_RATIO);
  picture.className = 'paper-map';
  return picture;
}

function gaps() {
  const { health, density } = current();
  const closed = (health?.cameras ?? []).filter(({ gate }) => gate !== 'open');
  const lines = closed.map(({ name, gate, since_utc: since }) => word('print_closed', { name, why: cause(gate), time: since ? clock(Date.parse(since)) : '—' }));
  if (!health?.cameras?.length) lines.push(word('no_vehicle'));
  if (density && density.observedShare < 1) lines.push(word(closed.length ? 'print_elsewhere' : 'print_no_camera'));
  if (!lines.length) lines.push(word('print_no_gap'));
  return el('ul', {}, ...lines.map((line) => el('li', {}, line)));
}
