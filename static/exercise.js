/** Whether all that is seen belongs to an exercise, by the station's health; and the marks that say so everywhere. */

import { current, watch } from './state.js';
import { word } from './words.js';

/** @param {object|null} health */
export const isExercise = (health) => Boolean(health?.exercise);

/** Once told it stays until the station says otherwise: a link that breaks makes nothing real. */
export function startExercise() {
  watch((state, changed) => changed.has('health') && showExercise(state.health));
}

/** The striped border, and the word on it and on each video (exercise.css). @param {object|null} health */
export function showExercise(health) {
  document.body.classList.toggle('exercise', isExercise(health));
}

/**
 * @param {string} title of the page
 * @param {object|null} [health]
 */
export const exerciseTitle = (title, health = current().health) => (isExercise(health) ? `${word('exercise')} — ${title}` : title);
