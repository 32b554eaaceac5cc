/** The auditor's page: every line of the audit, newest first, as the station keeps it. */

import { startChoices } from './choices.js';
import { byId, el, setText } from './dom.js';
import { sessionEnded, watchSession } from './sessionapi.js';
import { startSession } from './session.js';
import { announce, watch } from './state.js';
import { known, translate, word } from './words.js';

const LIMIT_MS = 15000;
const COLUMNS = ['utc', 'what', 'step', 'who', 'from', 'detail'];

/** @typedef {Record<'utc'|'what'|'step'|'who'|'role'|'from'|'detail', string|null>} Line */

/** @type {Line[]} */
let lines = [];
/** @type {number|null} */
let earlier = null;
/** @type {string} word of what went wrong, empty */
let fault = '';

function start() {
  startChoices();
  startSession();
  byId('audit-again').addEventListener('click', () => read(null));
  byId('audit-more').addEventListener('click', () => read(earlier));
  watch((_, changed) => changed.has('language') && show());
  watchSession((now) => now?.name && fault === 'audit_refused' && read(null));
  translate(document.documentElement);
  announce(new Set(['language', 'theme']));
  read(null);
}

/** @param {number|null} before */
async function read(before) {
  const answer = await asked(before === null ? '/api/v1/audit' : `/api/v1/audit?before=${before}`);
  if (answer?.status === 401) sessionEnded();
  fault = !answer ? 'audit_silent' : answer.ok ? '' : 'audit_refused';
  if (answer?.ok) {
    const part = await answer.json();
    lines = before === null ? part.lines : [...lines, ...part.lines];
    earlier = part.earlier;
  }
  show();
}

function show() {
  document.title = word('audit');
  setText(byId('audit-said'), fault ? word(fault) : lines.length ? '' : word('audit_none'));
  byId('audit-more').hidden = earlier === null;
  const head = el('tr', {}, ...COLUMNS.map((column) => el('th', { scope: 'col' }, word(`audit_${column}`))));
  byId('audit-lines').replaceChildren(el('thead', {}, head), el('tbody', {}, ...lines.map(row)));
}

/** @param {Line} line */
function row(line) {
  const who = line.who ? `${line.who}${line.role ? ` (${known('role', line.role)})` : ''}` : word('audit_nobody');
  const [what, step] = [known('deed', line.what ?? ''), line.step ? known('step', line.step) : ''];
  const texts = { ...line, who, what, step, utc: line.utc?.replace('T', ' ').replace(/\.\d+Z$/, '') };
  return el('tr', {}, ...COLUMNS.map((column) => el('td', { class: `audit-${column}` }, texts[column] ?? '')));
}

/** @param {string} address @returns {Promise<Response|null>} null where the station does not answer */
async function asked(address) {
  try {
    return await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) });
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

start();
