/** The header: mission and time left, the total with its share, the station's clock, language and theme. */

import { marked } from './alerttitle.js';
import { byId, setText } from './dom.js';
import { STALE_AFTER_S, sinceMade } from './density.js';
import { exerciseTitle } from './exercise.js';
import { clock, day, duration, number, percent, plusMinus } from './figures.js';
import { missionView } from './missionview.js';
import { replayTitle, showReplay } from './replay.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { switchTheme, theme } from './theme.js';
import { language, setLanguage, word } from './words.js';

export function startHeader() {
  for (const button of languageButtons()) button.addEventListener('click', () => setLanguage(button.lang));
  byId('theme').addEventListener('click', switchTheme);
  watch((state, changed) => {
    if (changed.has('density') || changed.has('tick') || changed.has('language')) showTotal(state.density);
    if (['health', 'tick', 'language', 'then'].some((name) => changed.has(name))) showMission(missionView(state.health, stationNowMs()), state.health?.replay ?? null);
    if (['tick', 'language', 'then'].some((name) => changed.has(name))) showClock(state.then ?? stationNowMs());
    if (changed.has('theme') || changed.has('language')) showChoices();
  });
}

const languageButtons = () => byId('languages').querySelectorAll('button');

/** @param {import('./density.js').Density|null} density */
function showTotal(density) {
  const seen = density !== null && density.people !== null && density.observedShare > 0;
  const [figure, bound] = seen ? totalFigure(density) : ['—', ''];
  setText(byId('total-people'), figure);
  setText(byId('total-error'), bound);
  setText(byId('total-share'), shareText(density, seen));
  const oldS = density ? sinceMade(density, performance.now()) : 0;
  setText(byId('total-age'), oldS > STALE_AFTER_S ? word('map_age', { age: duration(oldS) }) : '');
}

/**
 * A total with its error; where only cells of 1 to 4 hold people, their bounds stand in for it: it is not zero.
 * @param {import('./density.js').Density} density
 * @returns {[string, string]}
 */
function totalFigure({ people, peopleSigma, hiddenAtLeast, hiddenAtMost }) {
  if (Math.round(people) === 0 && hiddenAtMost > 0) return [`${number(hiddenAtLeast)}–${number(hiddenAtMost)}`, ''];
  return [number(people), plusMinus(peopleSigma ?? 0)];
}

/**
 * @param {import('./density.js').Density|null} density
 * @param {boolean} seen
 */
function shareText(density, seen) {
  if (!seen) return word('nothing_seen');
  const share = percent(density.observedShare);
  const over = word(density.observedShare < 1 ? 'over_share' : 'over_all', { share });
  if (Math.round(density.people) === 0 || density.hiddenAtMost === 0) return over;
  return `${word('hidden_more', { least: number(density.hiddenAtLeast), most: number(density.hiddenAtMost) })} ${over}`;
}

/**
 * @param {import('./missionview.js').MissionView|null} mission
 * @param {import('./replay.js').Replay|null} replay
 */
function showMission(mission, replay) {
  showReplay(replay);
  const running = mission?.phase === 'running';
  setText(byId('mission-purpose'), mission ? mission.purpose : word('mission_unknown'));
  byId('mission-purpose').title = mission?.purpose ?? '';
  setText(byId('mission-left'), running ? duration(mission.leftS) : '');
  setText(byId('mission-left-caption'), running ? word('time_left_caption') : '');
  setText(byId('mission-until'), mission ? phaseText(mission) : '');
  byId('mission-bar').setAttribute('width', `${(mission?.spentShare ?? 0) * 100}%`);
  const title = mission ? `${word('page_title')} — ${mission.purpose}` : word('page_title');
  const shown = current().then === null ? title : `${word('then_mark')} — ${title}`;
  document.title = marked(exerciseTitle(replayTitle(shown, replay)));
}

/** @param {import('./missionview.js').MissionView} mission */
export function phaseText({ phase, startsMs, endsMs }) {
  if (phase === 'ended') return word('mission_ended', { time: clock(endsMs) });
  if (phase === 'not_started') return word('mission_not_started', { time: clock(startsMs) });
  return word('until', { time: clock(endsMs) });
}

/** @param {number} nowMs */
function showClock(nowMs) {
  const known = Number.isFinite(nowMs);
  setText(byId('clock-time'), known ? clock(nowMs, true) : '—');
  setText(byId('clock-day'), known ? day(nowMs) : '');
}

function showChoices() {
  for (const button of languageButtons()) button.setAttribute('aria-pressed', String(button.lang === language()));
  const night = theme() === 'night';
  const button = byId('theme');
  setText(button, word(night ? 'day' : 'night'));
  button.title = word(night ? 'to_day' : 'to_night');
  button.setAttribute('aria-label', button.title);
}
