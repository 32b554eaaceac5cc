/** When the chosen place was seen over the kept time, and by which cameras: a short strip in the inspector. */

import { byId, el, svg } from './dom.js';
import { clock, day } from './figures.js';
import { documentAt } from './then.js';
import { word } from './words.js';

const WIDE = 240;
const HIGH = 14;

/**
 * @param {string} cell name
 * @param {() => boolean} still the same cell is chosen
 */
export async function showSeen(cell, still) {
  const place = byId('inspector-seen');
  place.replaceChildren(el('p', { class: 'caption' }, word('seen_asking')));
  const seen = await documentAt(`/api/v1/density/seen?cell=${encodeURIComponent(cell)}`);
  if (!still()) return;
  place.replaceChildren(...(seen ? parts(seen) : [el('p', { class: 'caption' }, word('seen_failed'))]));
}

/** @param {object} seen of `/api/v1/density/seen` */
function parts(seen) {
  const last = seen.last_seen_utc ? word('seen_last', { time: when(seen.last_seen_utc) }) : word('seen_never');
  const looks = seen.looks.filter(({ observed_share: share }) => share > 0).length;
  const rows = seen.sources.map(({ name, last_utc: utc }) => el('li', {}, word('seen_source', { name, time: when(utc) })));
  const words = seen.from_utc ? [el('p', { class: 'caption' }, word('seen_span', { from: when(seen.from_utc), to: when(seen.to_utc) }))] : [];
  const label = word('seen_strip', { seen: looks, looks: seen.looks.length });
  return [el('h3', {}, word('seen_title')), el('p', {}, last), strip(seen.looks, label), ...words, el('ul', {}, ...rows)];
}

/** Ink as high as the share that was seen, the rest is hatched: nobody saw it. */
function strip(looks, label) {
  const step = WIDE / Math.max(1, looks.length);
  const bars = looks.map(({ observed_share: share }, at) => (share > 0 ? `M${at * step} ${HIGH}v${-HIGH * share}h${step}v${HIGH * share}z` : '')).join('');
  const ground = svg('rect', { width: WIDE, height: HIGH, fill: 'url(#pattern-hatch)' });
  return svg('svg', { class: 'seen-strip', viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label }, ground, svg('path', { d: bars, class: 'seen-bars' }));
}

/** @param {string} utc */
function when(utc) {
  const utcMs = Date.parse(utc);
  const today = Date.now() - utcMs < 12 * 3600 * 1000;
  return today ? clock(utcMs, true) : `${clock(utcMs, true)}, ${day(utcMs)}`;
}
