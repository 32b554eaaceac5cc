/** The pre-flight page: asks the station every two seconds and shows each point, with what mends it. */

import { byId, el, setText, svg } from './dom.js';
import { clock, counted, duration } from './figures.js';
import { exerciseTitle, showExercise } from './exercise.js';
import { replayTitle, showReplay } from './replay.js';
import { checkSession, startSession } from './session.js';
import { announce, watch } from './state.js';
import { startTheme, switchTheme, theme } from './theme.js';
import { frenchChecks, frenchMends } from './words-checks-fr.js';
import { cause, language, setLanguage, translate, word } from './words.js';

/**
 * @typedef {object} Check one point as the station tells it
 * @property {string} what
 * @property {string} about
 * @property {boolean} ok
 * @property {string} says in English
 * @property {string} mend in English, empty when ok
 * @property {string} word of its sentence
 * @property {string[]} values
 */

const EVERY_MS = 2000;
const PATIENCE_MS = 6000;
const MARKS = { true: 'M3 8.500l3.500 3.500L13 4.500', false: 'M8 2.500v7M8 12v1.500' };

/** @type {{utc: string, red: number, checks: Check[]}|null} */
let newest = null;
/** @type {import('./replay.js').Replay|null} */
let replay = null;
/** @type {object|null} */
let health = null;
let heardMs = performance.now();

function start() {
  startTheme();
  for (const button of languageButtons()) button.addEventListener('click', () => setLanguage(button.lang));
  byId('theme').addEventListener('click', switchTheme);
  watch((_, changed) => {
    if (changed.has('language')) show();
    showChoices();
  });
  startSession();
  translate(document.documentElement);
  announce(new Set(['language', 'theme']));
  ask();
}

const languageButtons = () => byId('languages').querySelectorAll('button');

async function ask() {
  try {
    const answer = await fetch('/api/v1/check', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const told = await fetch('/api/v1/health', { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (told.ok) {
      health = await told.json();
      replay = health.replay;
      showExercise(health);
      document.title = exerciseTitle(replayTitle(word('check_title'), replay), health);
    }
    if (answer.status === 401) checkSession();
    if (answer.ok) {
      newest = await answer.json();
      heardMs = performance.now();
      show();
    }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError)) throw error;
  }
  showAge();
  setTimeout(ask, EVERY_MS);
}

function show() {
  document.title = exerciseTitle(replayTitle(word('check_title'), replay), health);
  showReplay(replay);
  showAge();
  if (!newest) return;
  const groups = Map.groupBy ? Map.groupBy(newest.checks, ({ about }) => about) : grouped(newest.checks);
  const shown = [...groups].map(([about, checks]) => group(about, checks));
  if (byId('checks').textContent !== shown.map((one) => one.textContent).join('')) byId('checks').replaceChildren(...shown);
}

/** For browsers of before 2024. @param {Check[]} checks */
function grouped(checks) {
  const groups = new Map();
  for (const check of checks) groups.set(check.about, [...(groups.get(check.about) ?? []), check]);
  return groups;
}

function showAge() {
  const silentS = (performance.now() - heardMs) / 1000;
  const lost = silentS * 1000 > PATIENCE_MS;
  document.body.classList.toggle('lost', lost);
  setText(byId('summary'), summary(lost));
  const at = newest ? word('check_seen', { time: clock(Date.parse(newest.utc), true) }) : '';
  setText(byId('seen'), lost ? word('offline_for', { age: duration(silentS) }) : at);
}

/** @param {boolean} lost */
function summary(lost) {
  if (lost) return word('offline');
  if (!newest) return word('check_wait');
  return newest.red ? counted('check_red', newest.red) : word('check_green');
}

/**
 * @param {string} about
 * @param {Check[]} checks
 */
function group(about, checks) {
  const id = `about-${about.replace(/\W/g, '_')}`;
  const title = el('h2', { id }, about === 'station' ? word('check_station') : about);
  return el('section', { class: 'group', 'aria-labelledby': id }, title, el('ul', {}, ...checks.map(row)));
}

/** @param {Check} check */
function row(check) {
  const label = word(check.ok ? 'check_ok' : 'check_not_ok');
  const mark = el('div', { class: 'mark', role: 'img', 'aria-label': label }, svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': true }, svg('path', { d: MARKS[check.ok] })));
  const [says, mend] = sentences(check);
  const told = el('div', { class: 'told' }, el('p', {}, says), ...(mend ? [el('p', { class: 'mend' }, word('check_mend', { mend }))] : []));
  return el('li', { class: check.ok ? 'point' : 'point red', 'data-what': check.what }, mark, el('div', { class: 'name' }, word(`check_${check.what}`)), told);
}

/**
 * The station speaks English; French is put together here from the same values.
 * @param {Check} check
 * @returns {[string, string]} what was found, and what mends it
 */
export function sentences({ says, mend, word: code, values }) {
  const french = language() === 'fr' && frenchChecks[code];
  if (!french) return [says, mend];
  const told = code.startsWith('pose_') ? poseValues(values) : values;
  return french.map((text) => text.replace(/\{(\d)\}/g, (_, place) => frenchFigures(told[place] ?? '')));
}

/** A cause and its mend in French, in place of the station's English. @param {string[]} values */
function poseValues(values) {
  const mend = frenchMends[values[0]];
  return mend ? [cause(values[0]), ...values.slice(1, -1), mend] : values;
}

/** A decimal comma, and a thin blank before %; times and addresses stay. @param {string} text */
const frenchFigures = (text) => text.replace(/^([+-]?\d+)\.(\d+)(%?)$/, '$1,$2$3').replace(/(\d)%/g, '$1\u202f%');

function showChoices() {
  for (const button of languageButtons()) button.setAttribute('aria-pressed', String(button.lang === language()));
  const night = theme() === 'night';
  const button = byId('theme');
  setText(button, word(night ? 'day' : 'night'));
  button.setAttribute('aria-label', word(night ? 'check_to_day' : 'check_to_night'));
}

start();
