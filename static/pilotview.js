/** What the pilot's page shows of one vehicle, as codes and figures. Pure: the newest documents in, plain values out. */

import { missionView } from './missionview.js';

/** @typedef {import('./geometry.js').Point} Point */
/** @typedef {{code: string, worry: boolean, cause?: string, edgeM?: number, errorM?: number, share?: number, ageS?: number, leastM?: number, mostM?: number}} Status */

const EARTH_M = 6371008.8;
const RAD = Math.PI / 180;

/**
 * @param {object|null} collection of `/api/v1/vehicles`
 * @returns {object[]} properties of each vehicle, with `lonLat` where its place is known
 */
export function vehiclesOf(collection) {
  const vehicles = (collection?.features ?? []).filter(({ properties }) => properties.kind === 'vehicle');
  return vehicles.map(({ properties, geometry }) => ({ ...properties, lonLat: geometry?.coordinates ?? null }));
}

/**
 * @param {object|null} collection
 * @param {number} systemId
 * @returns {object|null} properties of the ground in the picture of the vehicle's camera
 */
export function footprintOf(collection, systemId) {
  const found = (collection?.features ?? []).find(({ properties }) => properties.kind === 'footprint' && properties.system_id === systemId);
  return found?.properties ?? null;
}

/**
 * The worst first: what nobody knows, what may not be, then where the picture lies.
 * @param {object} known
 * @param {boolean} known.speaks the station has been heard of lately
 * @param {object|null} known.health
 * @param {object|undefined} known.vehicle properties
 * @param {object|null} known.footprint properties
 * @param {number} known.nowMs UTC of the station
 * @returns {Status}
 */
export function statusOf({ speaks, health, vehicle, footprint, nowMs }) {
  if (!speaks) return { code: health ? 'lost' : 'wait', worry: Boolean(health) };
  const phase = missionView(health, nowMs)?.phase;
  if (phase && phase !== 'running') return { code: 'mission', worry: true, cause: `mission_${phase}` };
  if (!vehicle) return { code: 'none', worry: true };
  if (vehicle.link !== 'connected') return { code: 'silent', worry: true, ageS: vehicle.age_s };
  if (!footprint) return { code: 'no_camera', worry: true };
  if (footprint.refusal) return { code: 'no_pose', worry: true, cause: footprint.refusal };
  const band = bandOf(vehicle.alt_agl_m, health.mission ?? {});
  if (band === 'low' || band === 'high') return { code: band, worry: true, leastM: health.mission.min_agl_m, mostM: health.mission.max_agl_m };
  if (!footprint.where) return { code: 'blind', worry: true };
  return { code: footprint.where, worry: footprint.where !== 'inside', edgeM: footprint.edge_m, errorM: footprint.edge_error_m, share: footprint.outside_share };
}

/**
 * @param {number|null|undefined} heightM over ground
 * @param {object} mission of health
 * @returns {'unknown'|'low'|'high'|'within'}
 */
export function bandOf(heightM, mission) {
  if (heightM == null) return 'unknown';
  if (mission.min_agl_m != null && heightM < mission.min_agl_m) return 'low';
  return mission.max_agl_m != null && heightM > mission.max_agl_m ? 'high' : 'within';
}

/**
 * What the gate does to the picture here.
 * @param {object|undefined} camera of health
 * @param {object} mission of health
 * @returns {'unknown'|'closed'|'no_scale'|'whole'|'reduced'|'reduced_never'}
 */
export function gateOf(camera, mission) {
  if (!camera) return 'unknown';
  if (camera.gate !== 'open') return 'closed';
  if (camera.camera_px_per_m == null || camera.cap_px_per_m == null) return 'no_scale';
  if (camera.camera_px_per_m <= camera.cap_px_per_m) return 'whole';
  return camera.uncapped_from_agl_m > mission.max_agl_m ? 'reduced_never' : 'reduced';
}

/**
 * What is asked of a vehicle: first where it goes, then the oldest that it has not refused.
 * @param {object|null} lookouts
 * @param {number} systemId
 * @returns {object[]}
 */
export function askedOf(lookouts, systemId) {
  const open = (lookouts?.requests ?? []).filter(({ state, taken_by: by }) => (state === 'going' && by === systemId) || state === 'asked');
  const mine = open.filter(({ vehicle }) => vehicle === null || vehicle === systemId);
  const left = mine.filter(({ refusals }) => !refusals.some(({ vehicle }) => vehicle === systemId));
  const going = mine.filter(({ state }) => state === 'going');
  return [...going, ...left.filter((one) => !going.includes(one))];
}

/**
 * Distance and bearing over some hundred metres: the Earth is a plane there.
 * @param {Point} from
 * @param {Point} to
 * @returns {{distanceM: number, bearingDeg: number}} clockwise from north
 */
export function wayTo([fromLon, fromLat], [toLon, toLat]) {
  const eastM = (toLon - fromLon) * RAD * EARTH_M * Math.cos(((fromLat + toLat) / 2) * RAD);
  const northM = (toLat - fromLat) * RAD * EARTH_M;
  return { distanceM: Math.hypot(eastM, northM), bearingDeg: (Math.atan2(eastM, northM) / RAD + 360) % 360 };
}

/**
 * The camera's pitch that has a place on level ground in the middle of the picture.
 * @param {number} distanceM
 * @param {number} heightM over ground
 */
export const pitchTo = (distanceM, heightM) => -Math.atan2(heightM, distanceM) / RAD;
