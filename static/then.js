/** Whether the page shows now or then: one place asks for maps of before, and everything that is of now stands back. */

import { byId } from './dom.js';
import { current, update } from './state.js';

const LIMIT_MS = 15_000;

/** @returns {boolean} what the map shows is of before */
export const isThen = () => current().then !== null;

/** @param {number|null} utcMs UTC in milliseconds of what is shown; null for live */
export function setThen(utcMs) {
  document.body.classList.toggle('then', utcMs !== null);
  for (const id of ['zones-toggle', 'exports-toggle']) byId(id).disabled = utcMs !== null;
  update({ then: utcMs });
}

/**
 * @param {string} address
 * @returns {Promise<object|null>} null where the station does not answer, or refuses
 */
export async function documentAt(address) {
  try {
    const answer = await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) });
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) return null;
    throw error;
  }
}
