/** The mark of a replay: on every page, so that nobody takes it for live. */

import { byId, setText } from './dom.js';
import { day, number } from './figures.js';
import { word } from './words.js';

/**
 * @typedef {object} Replay of health
 * @property {number} times_as_fast
 * @property {string} starts_utc
 */

/** @param {Replay|null} replay null for a station that is live */
export function showReplay(replay) {
  byId('replay').hidden = !replay;
  setText(byId('replay'), replay ? replayText(replay) : '');
}

/**
 * @param {string} title of the page
 * @param {Replay|null} replay
 */
export const replayTitle = (title, replay) => (replay ? `${word('replay_mark')} — ${title}` : title);

/** @param {Replay} replay */
function replayText({ times_as_fast: speed, starts_utc: startsUtc }) {
  const begun = new Date(startsUtc);
  const words = { speed: number(speed, Number.isInteger(speed) ? 0 : 2), day: day(begun.getTime()), year: begun.getFullYear() };
  return word('replay', words);
}
