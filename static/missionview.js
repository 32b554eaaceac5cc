/** What the mission allows at an instant. */

/**
 * @typedef {object} MissionView
 * @property {string} purpose
 * @property {number} startsMs
 * @property {number} endsMs
 * @property {'not_started'|'running'|'ended'} phase
 * @property {number} leftS
 * @property {number} spentShare 0 to 1
 */

/**
 * @param {object|null} health
 * @param {number} nowMs UTC of the station
 * @returns {MissionView|null} null while no mission is known
 */
export function missionView(health, nowMs) {
  const mission = health?.mission;
  if (!mission) return null;
  const [startsMs, endsMs] = [Date.parse(mission.starts_utc), Date.parse(mission.ends_utc)];
  const phase = nowMs < startsMs ? 'not_started' : nowMs >= endsMs ? 'ended' : 'running';
  const spentShare = Math.min(1, Math.max(0, (nowMs - startsMs) / (endsMs - startsMs)));
  return { purpose: mission.purpose ?? '', startsMs, endsMs, phase, leftS: Math.max(0, (endsMs - nowMs) / 1000), spentShare };
}
