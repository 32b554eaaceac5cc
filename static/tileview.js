/** What a video tile shows: a picture only while everything says that it may. Pure. */

/**
 * @typedef {object} TileView
 * @property {boolean} open
 * @property {'gate_closed'|'video_wait'|'video_lost'|'gate_open'|'then_video'} title
 * @property {string} cause code or ''
 * @property {number} sinceMs UTC, NaN where unknown
 */

/** Health older than this says nothing about the gate. */
export const HEALTH_LIMIT_S = 5;

/**
 * @param {object} camera of the health document
 * @param {boolean} stationSpeaks health is fresh
 * @param {'not_started'|'running'|'ended'|undefined} phase of the mission
 * @returns {TileView} whether a picture may be asked for at all
 */
export function gateView(camera, stationSpeaks, phase) {
  const closed = (cause, sinceMs = NaN) => ({ open: false, title: 'gate_closed', cause, sinceMs });
  if (!stationSpeaks) return { ...closed('station_silent'), title: 'video_lost' };
  if (camera.gate !== 'open') return closed(camera.gate || 'unknown', Date.parse(camera.since_utc));
  if (phase === 'ended' || phase === 'not_started') return closed(`mission_${phase}`);
  if (!camera.codec) return { ...closed(''), title: 'video_wait' };
  return { open: true, title: 'gate_open', cause: '', sinceMs: Date.parse(camera.since_utc) };
}

/**
 * @param {TileView} gate
 * @param {import('./player.js').PlayerState} player
 * @returns {TileView} what the viewer sees: an open gate without a moving picture is covered too
 */
export function pictureView(gate, player) {
  if (!gate.open || player === 'playing') return gate;
  return { ...gate, open: false, title: player === 'waiting' ? 'video_wait' : 'video_lost' };
}
