/** The sound of a new alert: two tones, three where it is critical. Made here, and not before somebody touched the page. */

import { byId, setText } from './dom.js';
import { kept, keep } from './kept.js';
import { watch } from './state.js';
import { word } from './words.js';

/** Tones in hertz; a fourth apart they carry through wind and generators. */
const TONES = { alert: [784, 1047], critical: [1047, 784, 1047] };
const TONE_S = 0.16;
const GAP_S = 0.07;
const LOUD = 0.25;
/** A tone swells and fades so that it does not click. */
const EDGE_S = 0.015;

/** @type {AudioContext|null} none before the first gesture: browsers refuse it, and nobody asked for it */
let context = null;

/** @returns {'waiting'|'on'|'muted'} */
const state = () => (kept('sound') === 'off' ? 'muted' : context ? 'on' : 'waiting');

export function startSound() {
  for (const gesture of ['pointerdown', 'keydown']) document.addEventListener(gesture, wake, { capture: true });
  byId('alert-sound').addEventListener('click', switchSound);
  watch((_, changed) => changed.has('language') && show());
}

function wake() {
  if (!context) {
    context = new AudioContext();
    show();
  }
  if (context.state === 'suspended') context.resume();
}

function switchSound() {
  keep('sound', state() === 'muted' ? 'on' : 'off');
  show();
}

function show() {
  const button = byId('alert-sound');
  setText(button, word(`sound_${state()}`));
  button.setAttribute('aria-label', word(`sound_label_${state()}`));
  button.title = word(`sound_label_${state()}`);
  button.setAttribute('aria-pressed', String(state() === 'muted'));
}

/** @param {'alert'|'critical'} level */
export function sound(level) {
  if (state() !== 'on') return;
  TONES[level].forEach((hertz, place) => tone(hertz, context.currentTime + 0.02 + place * (TONE_S + GAP_S)));
}

/**
 * @param {number} hertz
 * @param {number} startS of the context's clock
 */
function tone(hertz, startS) {
  const [source, loudness] = [context.createOscillator(), context.createGain()];
  source.type = 'triangle';
  source.frequency.value = hertz;
  loudness.gain.setValueAtTime(0, startS);
  loudness.gain.linearRampToValueAtTime(LOUD, startS + EDGE_S);
  loudness.gain.setValueAtTime(LOUD, startS + TONE_S - EDGE_S);
  loudness.gain.linearRampToValueAtTime(0, startS + TONE_S);
  source.connect(loudness).connect(context.destination);
  source.start(startS);
  source.stop(startS + TONE_S);
}
