/** Where a browser cannot play the video: the newest redacted picture once a second. A picture that is late is taken off. */

const EVERY_MS = 1000;

export class Stills {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {string} address of snapshot.jpg
   * @param {(state: import('./player.js').PlayerState) => void} changed
   */
  constructor(canvas, address, changed) {
    this._canvas = canvas;
    this._address = address;
    this._changed = changed;
    /** @type {import('./player.js').PlayerState} */
    this.state = 'waiting';
    this.pictureAtMs = performance.now();
    this._stop = new AbortController();
  }

  start() {
    this._fetch();
  }

  stop() {
    this._stop.abort();
    clearTimeout(this._next);
    this._clear();
  }

  async _fetch() {
    const picture = await this._picture();
    if (this._stop.signal.aborted) return;
    if (picture) this._draw(picture);
    else this._clear();
    this._become(picture ? 'playing' : 'lost');
    this._next = setTimeout(() => this._fetch(), EVERY_MS);
  }

  /** @returns {Promise<ImageBitmap|null>} null where the station gives none */
  async _picture() {
    try {
      const answer = await fetch(this._address, { cache: 'no-store', signal: AbortSignal.any([this._stop.signal, AbortSignal.timeout(2 * EVERY_MS)]) });
      return answer.ok ? await createImageBitmap(await answer.blob()) : null;
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException) return null;
      throw error;
    }
  }

  /** @param {ImageBitmap} picture */
  _draw(picture) {
    [this._canvas.width, this._canvas.height] = [picture.width, picture.height];
    this._canvas.getContext('2d').drawImage(picture, 0, 0);
    this.pictureAtMs = performance.now();
  }

  _clear() {
    this._canvas.width = this._canvas.height = 1;
  }

  /** @param {import('./player.js').PlayerState} state */
  _become(state) {
    if (state === this.state) return;
    this.state = state;
    this._changed(state);
  }
}
