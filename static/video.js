/** The redacted videos: one tile a camera, the first one large. */

import { byId, setText } from './dom.js';
import { counted } from './figures.js';
import { missionView } from './missionview.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { VideoTile } from './tile.js';
import { HEALTH_LIMIT_S, gateView } from './tileview.js';
import { word } from './words.js';

export class VideoWall {
  /** @param {(name: string) => void} align opens the panel that aligns a camera */
  constructor(align) {
    this._align = align;
    /** @type {Map<string, VideoTile>} */
    this._tiles = new Map();
    /** @type {string|null} */
    this._large = null;
    watch((_, changed) => {
      if (['health', 'link', 'tick', 'language', 'then'].some((name) => changed.has(name))) this.show();
    });
  }

  show() {
    const { health } = current();
    const cameras = health?.cameras ?? [];
    this._keepOnly(new Set(cameras.map(({ name }) => name)));
    const gates = cameras.map((camera) => this._showCamera(camera));
    this._enlarge(cameras);
    const open = gates.filter((gate) => gate.open).length;
    const counts = [counted('video_open', open), counted('video_closed', gates.length - open)].join(', ');
    setText(byId('videos-count'), gates.length ? counts : word('no_camera'));
  }

  /** @param {Set<string>} names */
  _keepOnly(names) {
    for (const [name, tile] of this._tiles) {
      if (names.has(name)) continue;
      tile.close();
      this._tiles.delete(name);
    }
  }

  /** @param {object} camera */
  _showCamera(camera) {
    const view = gateView(camera, stationSpeaks(), missionView(current().health, stationNowMs())?.phase);
    const gate = current().then === null ? view : { open: false, title: 'then_video', cause: '', sinceMs: NaN };
    this._tile(camera.name).show(camera, gate);
    return gate;
  }

  /** @param {string} name */
  _tile(name) {
    if (!this._tiles.has(name)) {
      const tile = new VideoTile(name, { chosen: () => this._choose(name), align: () => this._align(name) });
      this._tiles.set(name, tile);
      byId('videos').append(tile.element);
    }
    return this._tiles.get(name);
  }

  /** @param {string} name */
  _choose(name) {
    this._large = name;
    this.show();
  }

  /** The chosen camera is large, else the first whose gate is open, else the first; two are both large. */
  _enlarge(cameras) {
    const known = cameras.some(({ name }) => name === this._large);
    const large = known ? this._large : (cameras.find(({ gate }) => gate === 'open') ?? cameras[0])?.name;
    for (const [name, tile] of this._tiles) tile.enlarge(name === large || cameras.length === 2);
  }
}

/** The gate is known only while the station speaks. */
export function stationSpeaks() {
  const { link, healthAtMs } = current();
  return link.state === 'up' && performance.now() - healthAtMs < HEALTH_LIMIT_S * 1000;
}
