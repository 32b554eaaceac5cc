/** The pilot's page in words: what pilotview.js found, with units, errors and reasons. */

import { clock, duration, number, percent, plusMinus, unit } from './figures.js';
import { missionView } from './missionview.js';
import { askedOf, bandOf, gateOf, pitchTo, wayTo } from './pilotview.js';
import { cause, word } from './words.js';

/** As a sentence begins. @param {string} text */
const begun = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @param {number} degrees */
const bearing = (degrees) => `${number(Math.round(degrees) % 360)}°`;
/** @param {number} length */
const metres = (length) => (length >= 995 ? unit(length / 1000, 'km', 1) : unit(length, 'm'));
const perMetre = (value) => unit(value, 'px/m', value < 10 ? 1 : 0);

/** @param {import('./pilotview.js').Status} status */
export function statusDetail({ code, cause: why, edgeM, errorM, share, ageS, leastM, mostM }) {
  if (why) return begun(cause(why));
  const error = errorM == null ? '' : plusMinus(errorM);
  const values = {
    inside: () => ({ edge: metres(edgeM), error }), edge: () => ({ edge: metres(edgeM), error: `${error.replace('±', '').trim()}\u202fm` }),
    low: () => ({ least: metres(leastM) }), high: () => ({ most: metres(mostM) }),
    partly: () => ({ share: percent(share) }), silent: () => ({ age: ageS == null ? '—' : duration(ageS) }),
  };
  return word(`detail_${code}`, values[code]?.() ?? {});
}

/** @param {object|null} health @param {number} nowMs @returns {[string, string]} */
export function leftFact(health, nowMs) {
  const mission = missionView(health, nowMs);
  if (!mission || !Number.isFinite(nowMs)) return ['—', word('fact_left')];
  if (mission.phase === 'ended') return ['0', word('fact_ended')];
  if (mission.phase === 'not_started') return [duration((mission.startsMs - nowMs) / 1000), word('fact_starts')];
  return [duration(mission.leftS), word('fact_left')];
}

/** @param {object|undefined} vehicle @param {object|undefined} mission @returns {{figure: string, of: string, off: boolean}} */
export function heightFact(vehicle, mission) {
  const band = bandOf(vehicle?.alt_agl_m, mission ?? {});
  if (band === 'unknown' || !mission) return { figure: '—', of: word('fact_height_unknown'), off: false };
  const [least, most] = [metres(mission.min_agl_m), metres(mission.max_agl_m)];
  const of = { low: word('fact_low', { least }), high: word('fact_high', { most }), within: word('fact_height', { least: number(mission.min_agl_m), most }) };
  return { figure: metres(vehicle.alt_agl_m), of: of[band], off: band !== 'within' };
}

/** @param {object|null} footprint @param {object|undefined} vehicle @returns {[string, string]} */
export function cameraFact(footprint, vehicle) {
  if (footprint?.pitch_deg == null) return ['—', word('fact_camera_unknown')];
  return [`${number(footprint.pitch_deg)}°`, word('fact_camera', { yaw: vehicle?.yaw_deg == null ? '—' : bearing(vehicle.yaw_deg) })];
}

/**
 * @param {object|undefined} camera of health
 * @param {object} mission of health
 * @returns {{sign: 'open'|'closed'|'unknown', title: string, detail: string}}
 */
export function gateWords(camera, mission) {
  const gate = gateOf(camera, mission);
  if (gate === 'unknown') return { sign: 'unknown', title: word('gate_unknown'), detail: '' };
  if (gate === 'closed') {
    const since = Date.parse(camera.since_utc);
    return { sign: 'closed', title: word('gate_closed'), detail: word('gate_mend', { cause: begun(cause(camera.gate)), time: Number.isFinite(since) ? clock(since) : '—' }) };
  }
  const cap = camera.cap_px_per_m;
  const figures = gate === 'no_scale' ? {} : { camera: perMetre(camera.camera_px_per_m), height: metres(Math.ceil(camera.uncapped_from_agl_m)), most: metres(mission.max_agl_m) };
  return { sign: 'open', title: cap == null ? word('gate_open') : word('gate_cap', { cap: perMetre(cap) }), detail: word(`gate_${gate}`, figures) };
}

/**
 * Where eyes are wanted, seen from the vehicle.
 * @param {object|null} lookouts
 * @param {object} vehicle properties with `lonLat`
 * @param {number} nowMs UTC of the station
 */
export function wantWords(lookouts, vehicle, nowMs) {
  const asked = askedOf(lookouts, vehicle.system_id);
  const [request] = asked;
  if (!request) return gapWords(lookouts, vehicle);
  const way = vehicle.lonLat && wayTo(vehicle.lonLat, request.lon_lat);
  const going = request.state === 'going';
  return {
    request, going, way,
    of: going ? word('want_going', { age: duration((nowMs - Date.parse(request.state_utc)) / 1000) }) : word(asked.length > 1 ? 'want_of_many' : 'want_of', { count: number(asked.length) }),
    place: placeWords(request.note, way),
    detail: request.seen_age_s == null ? word('want_never') : word('want_seen', { age: duration(request.seen_age_s) }),
    more: way && vehicle.alt_agl_m != null ? word('want_tilt', { pitch: `${number(pitchTo(way.distanceM, vehicle.alt_agl_m))}°` }) : '',
  };
}

/** @param {string} note @param {{distanceM: number, bearingDeg: number}|null} way */
function placeWords(note, way) {
  if (!way) return note || word('want_place_alone');
  return word(note ? 'want_place' : 'want_place_unnamed', { note, distance: metres(way.distanceM), bearing: bearing(way.bearingDeg) });
}

/** Nothing is asked: the largest ground that nobody sees. */
function gapWords(lookouts, vehicle) {
  const gap = lookouts?.gap ?? null;
  const way = gap && vehicle.lonLat ? wayTo(vehicle.lonLat, gap.lon_lat) : null;
  const found = way ? word('want_gap', { distance: metres(way.distanceM), bearing: bearing(way.bearingDeg) }) : word('want_no_gap');
  return { request: null, going: false, way, of: word('want_none'), place: lookouts ? found : '—', detail: way ? word('want_gap_detail', { radius: metres(gap.radius_m) }) : '', more: '' };
}
