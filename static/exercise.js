/** Whether all that is seen belongs to an exercise, by the station's health. */

/** @param {object|null} health */
export const isExercise = (health) => Boolean(health?.exercise);
