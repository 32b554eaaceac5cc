/** What the station is asked while a camera is aligned. */

import { csrfHeaders, sessionEnded } from './sessionapi.js';

/** @typedef {{utc: string, u: number, v: number, lonLat: [number, number], heightM: number}} TiePoint */

const LIMIT_MS = 15000;

/** @param {string} camera */
const addressOf = (camera) => `/api/v1/cameras/${encodeURIComponent(camera)}/alignment`;

/**
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Response|null>} null where the station does not answer
 */
async function asked(address, options = {}) {
  try {
    return await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS), ...options });
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

/**
 * @param {string} camera
 * @returns {Promise<{bitmap: ImageBitmap, utc: string}|null>} the newest redacted picture; null where there is none
 */
export async function snapshot(camera) {
  const answer = await asked(`/api/v1/video/${encodeURIComponent(camera)}/snapshot.jpg`);
  const utc = answer?.headers.get('Capture-Utc');
  return answer?.ok && utc ? { bitmap: await createImageBitmap(await answer.blob()), utc } : null;
}

/**
 * @param {string} camera
 * @param {string} method GET, POST, PUT or DELETE
 * @param {TiePoint[]} [points]
 * @returns {Promise<object>} the station's document; `error` where it refuses or is silent
 */
export async function alignment(camera, method, points) {
  const body = points && JSON.stringify({ points: points.map(row) });
  const answer = await asked(addressOf(camera), { method, body, headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...csrfHeaders() } });
  if (!answer) return { error: '', cause: 'station_silent' };
  if (answer.status === 401) sessionEnded();
  const document = await answer.json();
  return answer.ok ? document : { cause: 'refused', ...document };
}

/** @param {TiePoint} point */
const row = ({ utc, u, v, lonLat: [lonDeg, latDeg], heightM }) => ({ utc, u_px: u, v_px: v, lat_deg: latDeg, lon_deg: lonDeg, height_m: heightM });
