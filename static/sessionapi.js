/** Who is signed in, as the station says it; the one place that knows the token without which nothing is changed. */

const ADDRESS = '/api/v1/session';
const LIMIT_MS = 15000;

/**
 * @typedef {object} Session as `GET /api/v1/session` tells it
 * @property {string|null} name null: nobody is signed in
 * @property {string|null} role
 * @property {boolean} by_itself it opened by itself, as in a demonstration
 * @property {string[]} rights
 * @property {string} home the page of the role
 * @property {string} csrf
 * @property {string|null} ends_utc at the latest
 * @property {number} idle_s
 */

/** @type {Session|null} null: the station has not said yet */
let now = null;
/** @type {Set<(session: Session|null, ended: boolean) => void>} */
const watchers = new Set();

/** @returns {Session|null} */
export const session = () => now;

/** @param {string} right @returns {boolean} also while the station has not said yet: it refuses by itself */
export const may = (right) => now === null || now.rights.includes(right);

/** What every request that changes something carries. @returns {Record<string, string>} */
export const csrfHeaders = () => (now?.csrf ? { 'X-CSRF-Token': now.csrf } : {});

/** @param {(session: Session|null, ended: boolean) => void} watcher told at each change; `ended`: where one was open */
export function watchSession(watcher) {
  watchers.add(watcher);
}

/** Asks the station who is signed in; a station that does not answer changes nothing. @returns {Promise<Session|null>} */
export async function askSession() {
  const answer = await asked('GET');
  if (answer?.ok) hear(await answer.json());
  return now;
}

/** The station has refused for want of a session: what it says now decides, for somebody may have signed in meanwhile. */
export function sessionEnded() {
  askSession();
}

/**
 * @param {string} name
 * @param {string} password
 * @returns {Promise<{done: boolean, cause: 'wrong'|'too_many'|'silent'|'station', waitS: number}>}
 */
export async function signIn(name, password) {
  const answer = await asked('POST', { name, password });
  if (!answer) return { done: false, cause: 'silent', waitS: 0 };
  const document = await answer.json();
  if (answer.ok) hear(document);
  const cause = ['wrong', 'too_many'].includes(document.cause) ? document.cause : 'station';
  return { done: answer.ok, cause, waitS: document.wait_s ?? 0 };
}

/** @returns {Promise<boolean>} the session has ended */
export async function signOut() {
  const answer = await asked('DELETE');
  return Boolean(answer?.ok);
}

/** @param {Session} told */
function hear(told) {
  const ended = Boolean(now?.name) && !told.name;
  now = told;
  for (const watcher of watchers) watcher(now, ended);
}

/**
 * @param {string} method
 * @param {object} [body]
 * @returns {Promise<Response|null>} null where the station does not answer
 */
async function asked(method, body) {
  const headers = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...csrfHeaders() };
  try {
    return await fetch(ADDRESS, { method, headers, body: body && JSON.stringify(body), cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) });
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}
