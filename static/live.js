/** The live documents over one WebSocket, which comes back by itself. */

import { ANEW, DensitySteps } from './densitysteps.js';

const RETRY_S = [1, 2, 3, 5];
/** A station that says nothing for so long is lost, whatever the socket thinks. */
const SILENT_S = 8;
/** A line that held so long starts again with the shortest wait. */
const STEADY_S = 10;

/**
 * @typedef {object} Listener
 * @property {(topic: string, document: object) => void} hears
 * @property {(link: import('./state.js').StationLink) => void} linkChanged
 */

export class LiveLine {
  /**
   * @param {string} address of the WebSocket
   * @param {Listener} listener
   */
  constructor(address, listener) {
    this._address = address;
    this._listener = listener;
    this._tries = 0;
    this._lostSinceMs = performance.now();
    this._upSinceMs = 0;
    this._watchdog = 0;
    this._steps = new DensitySteps();
  }

  open() {
    const socket = new WebSocket(this._address);
    this._socket = socket;
    this._steps.forget();
    this._feed();
    socket.addEventListener('message', ({ data }) => this._heard(socket, data));
    socket.addEventListener('close', () => this._lost(socket));
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} data
   */
  _heard(socket, data) {
    if (socket !== this._socket || typeof data !== 'string') return;
    this._feed();
    if (!this._upSinceMs) this._up();
    const document = JSON.parse(data);
    if (document.type.startsWith('density_')) this._stepped(socket, document);
    else this._listener.hears(document.type, document);
  }

  /**
   * @param {WebSocket} socket
   * @param {object} step
   */
  _stepped(socket, step) {
    const whole = this._steps.take(step);
    if (whole === null) socket.send(ANEW);
    else this._listener.hears('density', whole);
  }

  _up() {
    this._upSinceMs = performance.now();
    this._listener.linkChanged({ state: 'up', sinceMs: this._upSinceMs, retryAtMs: null });
  }

  /** Puts the silence off: whoever speaks is there. */
  _feed() {
    clearTimeout(this._watchdog);
    this._watchdog = setTimeout(() => this._lost(this._socket), SILENT_S * 1000);
  }

  /** @param {WebSocket} socket */
  _lost(socket) {
    if (socket !== this._socket) return;
    this._socket = null;
    clearTimeout(this._watchdog);
    socket.close();
    const nowMs = performance.now();
    if (this._upSinceMs) this._lostSinceMs = nowMs;
    if (this._upSinceMs && nowMs - this._upSinceMs > STEADY_S * 1000) this._tries = 0;
    this._upSinceMs = 0;
    this._retry(nowMs);
  }

  /** @param {number} nowMs */
  _retry(nowMs) {
    const waitMs = RETRY_S[Math.min(this._tries, RETRY_S.length - 1)] * 1000;
    this._tries += 1;
    this._listener.linkChanged({ state: 'lost', sinceMs: this._lostSinceMs, retryAtMs: nowMs + waitMs });
    setTimeout(() => this.open(), waitMs);
  }
}

/**
 * @param {string} path on this station
 * @returns {string} WebSocket address
 */
export function socketAddress(path) {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${path}`;
}
