/** What the map must say of itself: waiting, nothing seen, order ended, connection lost. */

import { byId, setText } from './dom.js';
import { duration } from './figures.js';
import { phaseText } from './header.js';
import { missionView } from './missionview.js';
import { watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { featuresOf } from './vehicles.js';
import { word } from './words.js';

export function startNotices() {
  watch((state) => {
    showNotice(noticeOf(state, performance.now()));
    showOffline(state.link, performance.now());
  });
}

/**
 * @param {import('./state.js').State} state
 * @param {number} nowMs
 * @returns {{text: string, detail: string}|null}
 */
function noticeOf({ density, vehicles, health, then }, nowMs) {
  if (then !== null) return density ? null : { text: word('then_notice'), detail: '' };
  const mission = missionView(health, stationNowMs());
  if (mission && mission.phase !== 'running') return { text: phaseText(mission), detail: '' };
  if (health && !watchers(vehicles, health) && !density?.observedShare) return { text: word('no_vehicle'), detail: '' };
  if (!density) return { text: word('loading'), detail: word('loading_for', { age: duration(Math.floor(nowMs / 1000)) }) };
  return null;
}

/** Vehicles and cameras that the station knows of; a camera that stands still needs no vehicle. */
function watchers(vehicles, health) {
  return featuresOf(vehicles, 'vehicle').length + (health.cameras ?? []).length;
}

/** @param {{text: string, detail: string}|null} notice */
function showNotice(notice) {
  const plate = byId('notice');
  plate.hidden = notice === null;
  setText(byId('notice-text'), notice?.text ?? '');
  setText(byId('notice-detail'), notice?.detail ?? '');
}

/**
 * The counting seconds are hidden from screen readers: they hear once that the line is lost.
 * @param {import('./state.js').StationLink} link
 * @param {number} nowMs
 */
function showOffline(link, nowMs) {
  const lost = link.state === 'lost';
  byId('offline').hidden = !lost;
  setText(byId('offline-text'), lost ? word('offline') : '');
  setText(byId('offline-times'), lost ? ` ${offlineTimes(link, nowMs)}` : '');
}

/**
 * @param {import('./state.js').StationLink} link
 * @param {number} nowMs
 */
function offlineTimes({ sinceMs, retryAtMs }, nowMs) {
  const since = word('offline_for', { age: wholeSeconds((nowMs - sinceMs) / 1000) });
  const waitS = Math.ceil((retryAtMs - nowMs) / 1000);
  return `${since}, ${waitS > 0 ? word('offline_retry', { age: wholeSeconds(waitS) }) : word('offline_trying')}`;
}

/** @param {number} seconds */
function wholeSeconds(seconds) {
  const whole = Math.floor(seconds);
  return whole < 10 ? `${whole}\u202fs` : duration(whole);
}
