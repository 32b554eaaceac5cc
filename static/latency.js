/** How much a camera's latency swings: half the range of the station's own figures, newest thirty. */

const KEPT = 30;
const STEP_MS = 10;

export class LatencySpread {
  constructor() {
    /** @type {number[]} */
    this._figures = [];
  }

  /** @param {number|null|undefined} latencyMs */
  hear(latencyMs) {
    if (latencyMs == null || latencyMs === this._figures.at(-1)) return;
    this._figures.push(latencyMs);
    if (this._figures.length > KEPT) this._figures.shift();
  }

  /** @returns {number} rounded up to tens, at least one step */
  errorMs() {
    const range = this._figures.length ? Math.max(...this._figures) - Math.min(...this._figures) : 0;
    return Math.max(STEP_MS, Math.ceil(range / 2 / STEP_MS) * STEP_MS);
  }
}
