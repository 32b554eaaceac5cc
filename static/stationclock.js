/** The station's time. The browser's own clock may be an hour off; only its steady counter is used. */

let offsetMs = NaN;

/**
 * @param {string} utc ISO 8601, as the station wrote it just now
 */
export function hearUtc(utc) {
  const utcMs = Date.parse(utc);
  if (Number.isFinite(utcMs)) offsetMs = utcMs - performance.now();
}

/**
 * @param {number} nowMs `performance.now()`
 * @returns {number} UTC in milliseconds, NaN before the station spoke
 */
export const stationUtcMs = (nowMs) => nowMs + offsetMs;

/** @returns {number} UTC in milliseconds, NaN before the station spoke */
export const stationNowMs = () => stationUtcMs(performance.now());
