/** What an officer tells the station: alerts taken up, zones drawn. Each answer is an outcome, never an exception. */

import { askSession, csrfHeaders, sessionEnded } from './sessionapi.js';

const LIMIT_MS = 15000;

/**
 * @typedef {'done'|'already'|'gone'|'replay'|'right'|'session'|'disk'|'silent'|'other'} Outcome
 * @typedef {{outcome: Outcome, document: object, says: string}} Answer `says` is the station's own line, in English
 */

/** @type {Record<number, Outcome>} */
const OUTCOMES = { 401: 'session', 403: 'right', 404: 'gone', 409: 'already', 500: 'disk', 502: 'silent', 503: 'silent', 504: 'silent' };

/**
 * @param {string} method POST, PUT or DELETE
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer>}
 */
export async function told(method, path, body) {
  const answer = await sent(method, path, body);
  if (answer.document.cause !== 'csrf') return answer;
  await askSession(); // somebody has signed in again in another tab, and has told it the new token
  return sent(method, path, body);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer>}
 */
async function sent(method, path, body) {
  const headers = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...csrfHeaders() };
  const answer = await asked(path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer) return { outcome: 'silent', document: {}, says: '' };
  const document = await documentOf(answer);
  const outcome = answer.ok ? 'done' : (OUTCOMES[answer.status] ?? 'other');
  if (outcome === 'session') sessionEnded();
  return { outcome, document, says: document.error ?? '' };
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Response|null>} null where the station does not answer
 */
async function asked(path, options) {
  try {
    return await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS), ...options });
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

/** @param {Response} answer @returns {Promise<object>} empty where the answer is no document */
async function documentOf(answer) {
  try {
    return await answer.json();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof DOMException) return {};
    throw error;
  }
}
