/** Places as people write them: two numbers, latitude first. Pure. */

/**
 * @param {string} text for instance `48.85702, 2.35204` or `48,85702 ; 2,35204` or `48.85702° N 2.35204° E`
 * @returns {[number, number]|null} lon, lat in degrees; null where the text is no place
 */
export function lonLatFromText(text) {
  const parts = text.trim().replace(/°/g, ' ').match(/[+-]?\d+(?:[.,]\d+)?\s*[NSEWO]?/gi) ?? [];
  const rest = text.replace(/°/g, ' ').replace(/[+-]?\d+(?:[.,]\d+)?\s*[NSEWO]?/gi, '').replace(/[\s,;/]/g, '');
  if (parts.length !== 2 || rest) return null;
  const [latDeg, lonDeg] = [angle(parts[0], 'NS'), angle(parts[1], 'EWO')];
  return Math.abs(latDeg) <= 90 && Math.abs(lonDeg) <= 180 ? [lonDeg, latDeg] : null;
}

/**
 * @param {string} text
 * @param {string} letters that may follow; S, W and O count backwards
 * @returns {number} NaN where another letter follows
 */
function angle(text, letters) {
  const [, digits, letter] = text.trim().toUpperCase().match(/^([^A-Z]*?)\s*([A-Z]?)$/);
  if (letter && !letters.includes(letter)) return NaN;
  const value = Number(digits.replace(',', '.'));
  return 'SWO'.includes(letter || '-') ? -value : value;
}

/**
 * @param {[number, number]} lonLat
 * @returns {string} as it can be typed again; a centimetre fine
 */
export const textFromLonLat = ([lonDeg, latDeg]) => `${latDeg.toFixed(7)}, ${lonDeg.toFixed(7)}`;
