/**
 * The operator map in steps, put together to what `/api/v1/density` answers. A cell's age is told once; from then on it
 * follows from when the cell was last seen.
 */

/** What asks the station for a whole map. */
export const ANEW = 'density';

export class DensitySteps {
  constructor() {
    this.forget();
  }

  /** Whatever was held is no ground for a further step: the line was lost. */
  forget() {
    this._seq = 0;
    /** @type {{feature: object, seenMs: number|null}[]} */
    this._held = [];
  }

  /**
   * @param {object} message of the type `density_key` or `density_delta`
   * @returns {object|null} the whole map; null where a step is missing: ask anew
   */
  take({ type, seq, gone = [], changed = {}, added = [], features = [], ...top }) {
    const isWhole = type === 'density_key';
    if (!isWhole && (this._seq === 0 || seq !== this._seq + 1)) {
      this.forget();
      return null;
    }
    const utcMs = Date.parse(top.utc);
    if (isWhole) this._held = [];
    this._seq = seq;
    this._change(gone, changed, utcMs);
    for (const feature of isWhole ? features : added) this._held.push({ feature, seenMs: seenMs(feature.properties.age_s, utcMs) });
    for (const { feature, seenMs: atMs } of this._held) feature.properties.age_s = atMs === null ? null : (utcMs - atMs) / 1000;
    return { ...top, type: 'density', features: this._held.map(({ feature }) => feature) };
  }

  /**
   * @param {number[]} gone
   * @param {Record<string, [number[], any[]]>} changed
   * @param {number} utcMs
   */
  _change(gone, changed, utcMs) {
    if (gone.length) {
      const left = new Set(gone);
      this._held = this._held.filter((_, place) => !left.has(place));
    }
    for (const [name, [places, values]] of Object.entries(changed)) {
      places.forEach((place, index) => {
        const held = this._held[place];
        held.feature.properties[name] = values[index];
        if (name === 'age_s') held.seenMs = seenMs(values[index], utcMs);
      });
    }
  }
}

/**
 * @param {number|null|undefined} ageS
 * @param {number} utcMs
 */
const seenMs = (ageS, utcMs) => (ageS == null ? null : utcMs - ageS * 1000);
