/** What the page knows, and who wants to hear when it changes. */

/**
 * @typedef {'connecting'|'up'|'lost'} LinkState
 * @typedef {{state: LinkState, sinceMs: number, retryAtMs: number|null}} StationLink times of `performance.now()`
 * @typedef {object} State
 * @property {import('./density.js').Density|null} density
 * @property {object|null} vehicles GeoJSON FeatureCollection as the station sent it
 * @property {object|null} health
 * @property {object|null} alerts as the station sent them
 * @property {object|null} zones GeoJSON FeatureCollection as the station sent it
 * @property {object|null} log the incident log as the station sent it
 * @property {object|null} lookouts where eyes are wanted, as the station sent it
 * @property {string|null} alert id of the chosen alert
 * @property {number} healthAtMs when health came, `performance.now()`
 * @property {StationLink} link
 * @property {string|null} selected id of the chosen cell
 * @property {boolean} inspecting the inspector is open
 * @property {number|null} then UTC in milliseconds of the map that is shown; null: now
 */

/** @type {State} */
const state = {
  density: null,
  vehicles: null,
  health: null,
  alerts: null,
  zones: null,
  log: null,
  lookouts: null,
  alert: null,
  healthAtMs: -Infinity,
  link: { state: 'connecting', sinceMs: 0, retryAtMs: null },
  selected: null,
  inspecting: false,
  then: null,
};

/** @type {Set<(state: State, changed: Set<string>) => void>} */
const watchers = new Set();

/** @returns {Readonly<State>} */
export const current = () => state;

/**
 * @param {(state: State, changed: Set<string>) => void} watcher
 */
export function watch(watcher) {
  watchers.add(watcher);
}

/**
 * @param {Partial<State>} change
 */
export function update(change) {
  Object.assign(state, change);
  announce(new Set(Object.keys(change)));
}

/**
 * Tells every watcher; names other than the state's own are `language`, `theme` and `tick` (each second).
 * @param {Set<string>} changed
 */
export function announce(changed) {
  for (const watcher of watchers) watcher(state, changed);
}
