/** The menu of what leaves the page as a file: the station's formats, and print. Each is written down first. */

import { byId, el, setText } from './dom.js';
import { MapPanel } from './maptools.js';
import { startPrint } from './printing.js';
import { csrfHeaders, sessionEnded } from './sessionapi.js';
import { current } from './state.js';
import { word } from './words.js';

const FORMATS = ['geojson', 'gpkg', 'kml', 'csv', 'png', 'report'];
const LIMIT_MS = 30_000;
const SAID = { 401: 'refused_session', 403: 'refused_right', 500: 'export_not_noted', 503: 'export_no_map' };

export function startExports() {
  const panel = new MapPanel({ id: 'exports', word: 'exports', icon: 'M10 3V13M6 9L10 13L14 9M3 14V17H17V14' });
  const choices = FORMATS.map((format) => choice(`export-${format}`, `export_${format}`, () => stationFile(format)));
  const own = [choice('export-print', 'export_print', () => window.print())];
  panel.body.append(...choices, ...own, el('p', { class: 'caption', id: 'export-said', role: 'status' }));
  startPrint();
}

function choice(id, key, act) {
  const button = el('button', { type: 'button', class: 'map-panel-choice', id }, el('span', { 'data-word': key }), el('small', { 'data-word': `${key}_for` }));
  button.addEventListener('click', act);
  return button;
}

/** @param {string} format */
async function stationFile(format) {
  say('export_making');
  const answer = await asked(`/api/v1/density/export?format=${format}`);
  if (!answer?.ok) return say(SAID[answer?.status] ?? 'export_silent');
  const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? `density.${format}`;
  return save(await answer.blob(), name);
}

/**
 * @param {'print'} kind
 * @returns {Promise<boolean>} it is written down, and may be made
 */
export async function noted(kind) {
  const { density } = current();
  const body = JSON.stringify({ kind, map_utc: density ? new Date(density.utcMs).toISOString() : null });
  const answer = await asked('/api/v1/exports', { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...csrfHeaders() }, keepalive: true });
  if (!answer?.ok) say(SAID[answer?.status] ?? 'export_silent');
  return Boolean(answer?.ok);
}

/** @returns {Promise<Response|null>} null where the station does not answer */
async function asked(address, options = {}) {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS), ...options });
    if (answer.status === 401) sessionEnded();
    return answer;
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = el('a', { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  say('export_done', { name });
}

/** @param {string} key @param {Record<string, string>} [values] */
const say = (key, values) => setText(byId('export-said'), word(key, values));
