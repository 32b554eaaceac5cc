/** Each camera's link and gate in words: age, loss, cause, frames withheld. */

import { byId, el } from './dom.js';
import { THIN, clock, duration, number, percent, plusMinus, unit } from './figures.js';
import { missionView } from './missionview.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { shield } from './shield.js';
import { hatched } from './swatch.js';
import { alarmsText, refusedText } from './linkwords.js';
import { gateView } from './tileview.js';
import { stationSpeaks } from './video.js';
import { cause, word } from './words.js';

/** What tells a camera's place, and its words. */
const POSE_WORDS = { sei: 'pose_sei', klv: 'pose_klv', mavlink: 'pose_mavlink' };

/** The station's states of a link and their words. */
const LINK_WORDS = { connected: 'link_ok', stale: 'link_stale', lost: 'link_lost', never: 'link_never' };

export function startLinks() {
  watch((_, changed) => {
    if (['health', 'vehicles', 'link', 'language', 'tick'].some((name) => changed.has(name))) show();
  });
}

function show() {
  const { health } = current();
  const phase = missionView(health, stationNowMs())?.phase;
  const speaks = stationSpeaks();
  const cameras = (health?.cameras ?? []).map((camera) => card(camera, gateView(camera, speaks, phase), speaks));
  const links = speaks ? (health?.links ?? []).filter((link) => refusedText(link)) : [];
  byId('links').replaceChildren(...cameras, ...links.map(refusedCard));
}

/** @param {{address: string, refused?: Record<string, number>}} link */
function refusedCard(link) {
  const body = el('div', { class: 'link-body' }, el('h3', {}, el('b', {}, link.address)), el('p', {}, refusedText(link)));
  return el('li', { class: 'link-card', 'data-link': link.address }, el('div', { class: 'link-mark' }), body);
}

/**
 * @param {object} camera
 * @param {import('./tileview.js').TileView} gate
 * @param {boolean} speaks the station's figures are fresh
 */
function card(camera, gate, speaks) {
  const open = gate.title === 'gate_open' || gate.title === 'video_wait';
  const mark = el('div', { class: 'link-mark' }, open && camera.sealed ? shield() : hatched());
  const title = el('h3', {}, el('b', {}, camera.name), el('span', {}, speaks ? linkText(camera.link) : word('link_none')));
  const alarms = speaks ? alarmsText(current().vehicles, camera.system_id) : '';
  const lines = [alarms, gateText(gate), ...(speaks ? [camera.worker?.why, ratesText(camera), poseText(camera), countsText(camera), withheldText(camera)] : [])];
  const body = el('div', { class: 'link-body' }, title, ...lines.filter(Boolean).map((line) => el('p', {}, line)));
  return el('li', { class: open ? 'link-card' : 'link-card closed', 'data-camera': camera.name }, mark, body);
}

/** @param {{state?: string, age_s?: number|null, loss?: number|null}|undefined} link */
function linkText(link) {
  if (!link) return word('link_fixed');
  const name = LINK_WORDS[link.state] ? word(LINK_WORDS[link.state]) : link.state;
  const age = link.age_s == null ? [] : [duration(link.age_s)];
  const loss = link.loss ? [word('link_loss', { share: percent(link.loss) })] : [];
  return [name, ...age, ...loss].join(', ');
}

/** @param {import('./tileview.js').TileView} gate */
function gateText({ title, cause: code, sinceMs }) {
  const what = code ? word('because', { what: word(title), cause: cause(code) }) : word(title);
  return Number.isFinite(sinceMs) ? `${what}, ${word('since', { time: clock(sinceMs) })}` : what;
}

/** @param {object} camera */
function ratesText({ fps, sealed, seal }) {
  const rate = fps == null ? [] : [word('fps', { value: number(fps, 1) })];
  const failing = Object.entries(seal ?? {}).filter(([, state]) => state !== 'holds').map(([part]) => part);
  const required = failing.filter((part) => part !== 'swap');
  const sealText = sealed ? word('sealed') : [word('not_sealed'), ...required].join(' ');
  return [...rate, sealText, ...(failing.includes('swap') ? [word('may_be_swapped')] : [])].join(', ');
}

/**
 * What tells where the camera is and when its pictures were taken, and by how much they seem to miss each other.
 * @param {object} camera
 */
function poseText({ pose_from: from, time_error_ms: errorMs, time_offset_s: offset, time_offset_sigma_s: sigma, video_pose_refused: refused }) {
  const source = POSE_WORDS[from] ? [word(POSE_WORDS[from])] : [];
  const error = source.length && errorMs != null ? [word('time_error', { error: plusMinus(errorMs) + THIN + 'ms' })] : [];
  const clockOff = refused?.wrong_time ? [cause('wrong_time')] : [];
  const off = offset != null && Math.abs(offset) > 3 * sigma && Math.abs(offset) >= 0.02
    ? [word('time_offset', { offset: unit(offset, 's', 2), error: plusMinus(sigma, 3) + THIN + 's' })] : [];
  return [...source, ...error, ...off, ...clockOff].join(', ');
}

/** @param {object} camera */
function countsText({ counts_withheld_because: because, detector_missing_because: missing, guest_detectors: guests }) {
  const held = because ? [word('because', { what: word('counts_withheld'), cause: cause(because) })] : [];
  const own = Object.entries(guests ?? {}).filter(([, code]) => code).map(([name, code]) => `${name}: ${cause(code)}`);
  return [...held, ...(missing ? [cause(missing)] : []), ...own].join(', ');
}

/** @param {object} camera */
function withheldText({ frames_withheld: withheld, frames_out: out, withheld_because: because }) {
  if (!withheld) return '';
  const causes = Object.entries(because ?? {}).sort(([, a], [, b]) => b - a);
  const reasons = causes.slice(0, 3).map(([code, count]) => word('withheld_because', { cause: cause(code), count: number(count) }));
  const total = word('frames_withheld', { withheld: number(withheld), total: number(withheld + (out ?? 0)) });
  return reasons.length ? `${total}, ${reasons.join(', ')}` : total;
}
