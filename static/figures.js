/** Numbers, times and units as words of the chosen language. */

import { language, word } from './words.js';

/** Narrow no-break space: a figure and its unit never part. */
export const THIN = '\u202f';

/**
 * @param {number} value
 * @param {number} [digits] after the decimal sign
 */
export function number(value, digits = 0) {
  const text = Math.abs(value).toFixed(digits);
  const [whole, rest] = text.split('.');
  const french = language() === 'fr';
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, french ? THIN : ',');
  const sign = value < 0 && Number(text) !== 0 ? '−' : '';
  return sign + grouped + (rest ? (french ? ',' : '.') + rest : '');
}

/**
 * An error is rounded up, never to nothing.
 * @param {number} sigma
 * @param {number} [digits]
 */
export function plusMinus(sigma, digits = 0) {
  const step = 10 ** -digits;
  const rounded = Math.max(step, Math.ceil(sigma / step - 1e-9) * step);
  return `±${THIN}${number(rounded, digits)}`;
}

/**
 * @param {number} share 0 to 1; neither nothing nor everything unless it is
 */
export function percent(share) {
  const whole = Math.round(share * 100);
  const honest = share > 0 && share < 1 ? Math.min(99, Math.max(1, whole)) : whole;
  return `${number(honest)}${language() === 'fr' ? THIN : ''}%`;
}

/**
 * @param {number} value
 * @param {string} sign
 * @param {number} [digits]
 */
export const unit = (value, sign, digits = 0) => `${number(value, digits)}${THIN}${sign}`;

/**
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 9.95) return unit(Math.max(0, seconds), 's', 1);
  if (seconds < 99.5) return unit(seconds, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, 'min');
  return `${Math.floor(minutes / 60)}${THIN}h${THIN}${String(minutes % 60).padStart(2, '0')}`;
}

/**
 * A number of things: the word for one or the word for many.
 * @param {string} key of the pair `key_one`, `key_many`
 * @param {number} count
 */
export function counted(key, count) {
  const one = language() === 'fr' ? count < 2 : count === 1;
  return word(`${key}_${one ? 'one' : 'many'}`, { count: number(count) });
}

/**
 * @param {number} utcMs
 * @param {boolean} [withSeconds]
 * @returns {string} 24-hour local time
 */
export function clock(utcMs, withSeconds = false) {
  const time = new Date(utcMs);
  const parts = [time.getHours(), time.getMinutes(), ...(withSeconds ? [time.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/**
 * @param {number} utcMs
 * @returns {string} for instance `sam. 12 sept. (UTC+2)`
 */
export function day(utcMs) {
  const time = new Date(utcMs);
  const locale = language() === 'fr' ? 'fr-FR' : 'en-GB';
  const date = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' }).format(time);
  return `${date} (${utcOffset(-time.getTimezoneOffset())})`;
}

/**
 * @param {number} minutes east of Greenwich
 */
export function utcOffset(minutes) {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

/**
 * @param {[number, number]} lonLat degrees
 * @param {number} [digits] five stand for one metre
 */
export function position([lonDeg, latDeg], digits = 5) {
  const north = `${number(Math.abs(latDeg), digits)}° ${word(latDeg < 0 ? 'south' : 'north')}`;
  return `${north}, ${number(Math.abs(lonDeg), digits)}° ${word(lonDeg < 0 ? 'west' : 'east')}`;
}
