/**
 * Plays redacted fMP4 from a WebSocket at its live edge. It shows a picture only while pictures come: as soon as they stop
 * it says so, and its owner covers the screen.
 */

/** Further behind than this the player jumps. */
const JUMP_BEHIND_S = 1.0;
/** It stays as far behind as nine in ten of the newest waits for a picture; further behind it hurries, nearer it rests. */
const WAITS = 100;
const WAITED_SHARE = 0.9;
const MOST_CUSHION_S = 0.5;
/** Each picture says that it lasts so long (`vision.encode`), as nobody knows when the next one comes. */
const LASTS_S = 0.2;
/** How much faster for each second too far behind, and at most; slower for each second too near. */
const HURRY_PER_S = 2;
const MOST_HURRY = 0.5;
const MOST_REST = 0.2;
const KEPT_S = 8;
/** No new picture on screen for so long means that the picture is lost. */
const LOST_AFTER_MS = 900;
const RECONNECT_AFTER_MS = 5000;
const RETRY_MS = 2000;
const CHECK_MS = 100;
/** Fragments that wait for the decoder; more means that it does not keep up, and the player starts anew at the edge. */
const MOST_WAITING = 250;

/** @typedef {'waiting'|'playing'|'lost'|'unplayable'} PlayerState */

export class LivePlayer {
  /**
   * @param {HTMLVideoElement} video
   * @param {string} address of the WebSocket
   * @param {string} codec RFC 6381
   * @param {(state: PlayerState) => void} changed
   */
  constructor(video, address, codec, changed) {
    this._video = video;
    this._address = address;
    this._type = `video/mp4; codecs="${codec}"`;
    this._changed = changed;
    /** @type {PlayerState} */
    this.state = 'waiting';
    this.pictureAtMs = performance.now();
  }

  start() {
    if (!globalThis.MediaSource?.isTypeSupported(this._type)) {
      this._become('unplayable');
      return;
    }
    this._check = setInterval(() => this._watchPicture(), CHECK_MS);
    this._connect();
  }

  /** Ends for good and leaves no picture behind. */
  stop() {
    clearInterval(this._check);
    clearTimeout(this._again);
    this._disconnect();
  }

  _connect() {
    this._connectedAtMs = performance.now();
    /** @type {ArrayBuffer[]} */
    this._waiting = [];
    /** Milliseconds between pictures, newest last. @type {number[]} */
    this._waits = [];
    this._arrivedAtMs = 0;
    this._source = new MediaSource();
    this._objectAddress = URL.createObjectURL(this._source);
    this._video.src = this._objectAddress;
    this._source.addEventListener('sourceopen', (event) => this._opened(event.target), { once: true });
  }

  /** @param {MediaSource} source */
  _opened(source) {
    if (source !== this._source) return;
    this._buffer = source.addSourceBuffer(this._type);
    this._buffer.addEventListener('updateend', () => this._appended(source));
    this._socket = new WebSocket(this._address);
    this._socket.binaryType = 'arraybuffer';
    const socket = this._socket;
    socket.addEventListener('message', ({ data }) => this._arrived(socket, data));
    socket.addEventListener('close', () => socket === this._socket && this._reconnect(RETRY_MS));
  }

  /**
   * @param {WebSocket} socket
   * @param {ArrayBuffer} data
   */
  _arrived(socket, data) {
    if (socket !== this._socket) return;
    this._noteWait(performance.now());
    this._waiting.push(data);
    if (this._waiting.length > MOST_WAITING || this._video.error) this._reconnect(0);
    else this._append();
  }

  /** @param {number} nowMs */
  _noteWait(nowMs) {
    if (this._arrivedAtMs) this._waits.push(nowMs - this._arrivedAtMs);
    if (this._waits.length > WAITS) this._waits.shift();
    this._arrivedAtMs = nowMs;
  }

  _cushionS() {
    const waits = this._waits.toSorted((a, b) => a - b);
    return Math.min(MOST_CUSHION_S, (waits[Math.floor(WAITED_SHARE * waits.length)] ?? 0) / 1000);
  }

  _append() {
    if (this._buffer.updating || !this._waiting.length || this._source.readyState !== 'open') return;
    try {
      this._buffer.appendBuffer(this._waiting.shift());
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this._reconnect(RETRY_MS);
    }
  }

  /** @param {MediaSource} source */
  _appended(source) {
    if (source !== this._source || source.readyState !== 'open') return;
    this._keepToTheEdge();
    // a picture may have come between the end of this one and the word of it
    if (!this._buffer.updating && !this._forgetOld()) this._append();
  }

  _keepToTheEdge() {
    const { buffered } = this._buffer;
    if (!buffered.length) return;
    const [start, end] = [buffered.start(buffered.length - 1), buffered.end(buffered.length - 1) - LASTS_S];
    const behind = end - this._video.currentTime;
    const cushion = this._cushionS();
    if (behind > JUMP_BEHIND_S || this._video.currentTime < start) this._video.currentTime = Math.max(start, end - cushion);
    this._video.playbackRate = 1 + Math.max(-MOST_REST, Math.min(MOST_HURRY, HURRY_PER_S * (behind - cushion)));
    if (this._video.paused) this._video.play().catch(() => this._become('lost'));
  }

  /** @returns {boolean} the buffer is at work */
  _forgetOld() {
    const { buffered } = this._buffer;
    const keepFrom = this._video.currentTime - KEPT_S;
    if (!buffered.length || buffered.start(0) > keepFrom - KEPT_S) return false;
    this._buffer.remove(0, keepFrom);
    return true;
  }

  /** Compares what is on screen with what was: a picture that stands still is no live picture. */
  _watchPicture() {
    const nowMs = performance.now();
    if (this._video.currentTime !== this._shownTime && this._video.readyState >= 2) {
      this._shownTime = this._video.currentTime;
      this.pictureAtMs = nowMs;
      this._become('playing');
    }
    const lateMs = nowMs - Math.max(this.pictureAtMs, this._connectedAtMs);
    if (nowMs - this.pictureAtMs > LOST_AFTER_MS) this._become('lost');
    if (lateMs > RECONNECT_AFTER_MS && this._source) this._reconnect(0);
  }

  /** @param {number} waitMs */
  _reconnect(waitMs) {
    this._disconnect();
    this._become('lost');
    clearTimeout(this._again);
    this._again = setTimeout(() => this._connect(), waitMs);
  }

  _disconnect() {
    const socket = this._socket;
    this._socket = this._source = null;
    this._waiting = [];
    URL.revokeObjectURL(this._objectAddress);
    socket?.close();
    this._video.removeAttribute('src');
    this._video.load();
    this._shownTime = 0;
  }

  /** @param {PlayerState} state */
  _become(state) {
    if (state === this.state) return;
    this.state = state;
    this._changed(state);
  }
}
