/** The pilot's page: one vehicle, what it may, what the gate does to its picture, where eyes are wanted next. */

import { CellCutter } from './cutter.js';
import { densityFromDocument } from './density.js';
import { byId, setText } from './dom.js';
import { exerciseTitle, startExercise } from './exercise.js';
import { clock, duration, percent } from './figures.js';
import { installShell } from './install.js';
import { kept, keep } from './kept.js';
import { showAllLayers } from './layers.js';
import { LiveLine, socketAddress } from './live.js';
import { LookoutPins } from './lookoutpins.js';
import { DensityMap } from './map.js';
import { startNotices } from './notices.js';
import { patternDefinitions } from './patterns.js';
import { PilotAnswer } from './pilotanswer.js';
import { GATE_SIGNS, batterySign, linkSign, statusSign } from './pilotsigns.js';
import { footprintOf, statusOf, vehiclesOf } from './pilotview.js';
import { cameraFact, gateWords, heightFact, leftFact, statusDetail, wantWords } from './pilotwords.js';
import { replayTitle, showReplay } from './replay.js';
import { checkSession, startSession } from './session.js';
import { announce, current, update, watch } from './state.js';
import { hearUtc, stationNowMs } from './stationclock.js';
import { startTheme, switchTheme, theme } from './theme.js';
import { areasOf } from './vehicles.js';
import { pilotEnglish } from './words-pilot-en.js';
import { pilotFrench } from './words-pilot-fr.js';
import { addWords, known, language, setLanguage, translate, word } from './words.js';

const TICK_MS = 1000;
/** Health older than this says nothing about the gate. */
const SPEAKS_FOR_MS = 5000;
const LINK_WORDS = { connected: 'link_ok', stale: 'link_stale', lost: 'link_lost', never: 'link_never' };

addWords({ fr: pilotFrench, en: pilotEnglish });

/** @type {number|null} system id of my vehicle */
let mine = Number(kept('pilot_vehicle')) || null;
let cutter = { areaText: '', cells: new CellCutter([]) };
/** @type {LookoutPins|null} */
let pins = null;
/** @type {DensityMap|null} */
let shownOn = null;
/** @type {PilotAnswer|null} */
let answer = null;

/** @type {Record<string, (document: object) => void>} */
const hears = {
  density(document) {
    const areas = areasOf(current());
    const areaText = JSON.stringify(areas);
    if (areaText !== cutter.areaText) cutter = { areaText, cells: new CellCutter(areas) };
    update({ density: densityFromDocument(document, cutter.cells, performance.now()) });
  },
  vehicles: (document) => update({ vehicles: document }),
  lookouts: (document) => update({ lookouts: document }),
  health(document) {
    hearUtc(document.utc);
    update({ health: document, healthAtMs: performance.now() });
  },
};

/** Starts every part and returns the map. */
function start() {
  document.body.prepend(patternDefinitions());
  showAllLayers();
  startTheme();
  startMenu();
  const map = new DensityMap(byId('map'));
  shownOn = map;
  pins = new LookoutPins(map.map);
  answer = new PilotAnswer();
  byId('fit').addEventListener('click', () => map.reframe());
  byId('pilot-mine').addEventListener('change', choose);
  for (const begin of [startNotices, startExercise, startSession]) begin();
  watch((_, changed) => {
    if (['vehicles', 'health', 'lookouts', 'link', 'language', 'tick'].some((name) => changed.has(name))) show();
  });
  translate(document.documentElement);
  announce(new Set(['language', 'theme', 'tick']));
  setInterval(() => announce(new Set(['tick'])), TICK_MS);
  openLine();
  installShell();
  return map;
}

function openLine() {
  new LiveLine(socketAddress('/api/v1/live?density=steps'), {
    hears: (topic, document) => hears[topic]?.(document),
    linkChanged: (link) => {
      update({ link });
      if (link.state === 'lost') checkSession();
    },
  }).open();
}

function startMenu() {
  const menu = byId('pilot-menu');
  byId('pilot-menu-open').addEventListener('click', () => menu.showModal());
  byId('pilot-menu-close').addEventListener('click', () => menu.close());
  byId('theme').addEventListener('click', switchTheme);
  const buttons = [...byId('languages').querySelectorAll('button')];
  for (const button of buttons) button.addEventListener('click', () => setLanguage(button.lang));
  watch((_, changed) => {
    if (!changed.has('theme') && !changed.has('language')) return;
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.lang === language()));
    setText(byId('theme'), word(theme() === 'night' ? 'pilot_day' : 'pilot_night'));
  });
}

function choose() {
  mine = Number(byId('pilot-mine').value);
  keep('pilot_vehicle', String(mine));
  show();
}

const stationSpeaks = () => current().link.state === 'up' && performance.now() - current().healthAtMs < SPEAKS_FOR_MS;

function show() {
  const { health, vehicles, lookouts } = current();
  const all = vehiclesOf(vehicles);
  if (all.length && !all.some(({ system_id: id }) => id === mine)) mine = all[0].system_id;
  shownOn.vehicles.mine = mine;
  const vehicle = all.find(({ system_id: id }) => id === mine);
  const footprint = vehicle ? footprintOf(vehicles, mine) : null;
  const camera = footprint && (health?.cameras ?? []).find(({ name }) => name === footprint.name);
  const speaks = stationSpeaks();
  const status = statusOf({ speaks, health, vehicle, footprint, nowMs: stationNowMs() });
  showTop(all, vehicle, speaks);
  showStatus(status);
  showFacts(health, speaks ? vehicle : undefined, speaks ? footprint : null);
  showGate(speaks ? camera : undefined, health?.mission ?? {});
  showWant(speaks ? lookouts : null, vehicle);
  showTitle(status, health);
}

/**
 * @param {object[]} all
 * @param {object|undefined} vehicle
 * @param {boolean} speaks
 */
function showTop(all, vehicle, speaks) {
  const [name, select] = [byId('pilot-name'), byId('pilot-mine')];
  name.hidden = all.length > 1;
  select.hidden = all.length < 2;
  setText(name, vehicle?.name ?? '—');
  const wanted = all.map(({ system_id: id, name: one }) => `${id} ${one}`).join('\n');
  if (select.dataset.of !== wanted) {
    select.replaceChildren(...all.map(({ system_id: id, name: one }) => new Option(one, String(id))));
    select.dataset.of = wanted;
  }
  if (vehicle) select.value = String(vehicle.system_id);
  showSigns(speaks ? vehicle : undefined);
  setText(byId('pilot-clock'), Number.isFinite(stationNowMs()) ? clock(stationNowMs()) : '—');
}

/** @param {object|undefined} vehicle */
function showSigns(vehicle) {
  const link = vehicle?.link ?? 'never';
  const age = vehicle?.age_s == null ? '—' : duration(vehicle.age_s);
  byId('pilot-link').replaceChildren(linkSign(link), age);
  byId('pilot-link').setAttribute('aria-label', word('pilot_link', { state: word(LINK_WORDS[link] ?? 'link_never'), age }));
  const share = vehicle?.battery_percent == null ? null : vehicle.battery_percent / 100;
  byId('pilot-battery').replaceChildren(batterySign(share), share === null ? '—' : percent(share));
  byId('pilot-battery').setAttribute('aria-label', share === null ? word('pilot_battery_unknown') : word('pilot_battery', { share: percent(share) }));
}

/** @param {import('./pilotview.js').Status} status */
function showStatus(status) {
  const plate = byId('pilot-status');
  plate.dataset.worry = String(status.worry);
  if (plate.dataset.code !== status.code) byId('pilot-status-sign').replaceChildren(...statusSign(status.code));
  plate.dataset.code = status.code;
  setText(byId('pilot-status-word'), word(`status_${status.code}`));
  setText(byId('pilot-status-detail'), statusDetail(status));
}

/**
 * @param {object|null} health
 * @param {object|undefined} vehicle
 * @param {object|null} footprint
 */
function showFacts(health, vehicle, footprint) {
  const [left, leftOf] = leftFact(health, stationNowMs());
  const height = heightFact(vehicle, health?.mission);
  const [camera, cameraOf] = cameraFact(footprint, vehicle);
  const rows = { left: [left, leftOf], height: [height.figure, height.of], camera: [camera, cameraOf] };
  for (const [name, [figure, of]] of Object.entries(rows)) {
    setText(byId(`pilot-${name}`), figure);
    setText(byId(`pilot-${name}-of`), of);
  }
  byId('pilot-height').parentElement.classList.toggle('off', height.off);
}

/**
 * @param {object|undefined|null} camera
 * @param {object} mission
 */
function showGate(camera, mission) {
  const { sign, title, detail } = gateWords(camera ?? undefined, mission);
  byId('pilot-gate').dataset.gate = sign;
  byId('pilot-gate-sign').setAttribute('d', GATE_SIGNS[sign]);
  setText(byId('pilot-gate-word'), title);
  setText(byId('pilot-gate-detail'), detail);
}

/**
 * @param {object|null} lookouts
 * @param {object|undefined} vehicle
 */
function showWant(lookouts, vehicle) {
  const want = wantWords(lookouts, vehicle ?? { system_id: null, lonLat: null }, stationNowMs());
  for (const name of ['of', 'place', 'detail', 'more']) setText(byId(`pilot-want-${name}`), want[name]);
  byId('pilot-want-way').setAttribute('transform', `rotate(${want.way?.bearingDeg ?? 0} 27 27)`);
  byId('pilot-want-way').classList.toggle('none', !want.way);
  answer.show(want.request, vehicle?.system_id ?? null);
  const { request } = want;
  const from = vehicle?.lonLat ?? null;
  pins.show(request ? [{ id: request.id, lonLat: request.lon_lat, name: want.place, from }] : []);
}

/**
 * @param {import('./pilotview.js').Status} status
 * @param {object|null} health
 */
function showTitle(status, health) {
  showReplay(health?.replay ?? null);
  const asked = answer.request?.state === 'asked' ? '(1) ' : '';
  document.title = `${asked}${exerciseTitle(replayTitle(`${known('status', status.code)} — ${word('pilot_title')}`, health?.replay ?? null), health)}`;
}

/** For the browser's console and for tests. */
export const map = start();
