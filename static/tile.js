/** One camera's tile: its redacted picture, or hatch with the reason. Never a last picture left standing. */

import { el, setText } from './dom.js';
import { clock, duration, number, unit } from './figures.js';
import { LatencySpread } from './latency.js';
import { socketAddress } from './live.js';
import { LivePlayer } from './player.js';
import { shield } from './shield.js';
import { Stills } from './stills.js';
import { pictureView } from './tileview.js';
import { cause, word } from './words.js';

export class VideoTile {
  /**
   * @param {string} name of the camera
   * @param {{chosen: () => void, align: () => void}} asks what its buttons do
   */
  constructor(name, asks) {
    this._name = name;
    this._latency = new LatencySpread();
    this._build(asks);
    /** @type {LivePlayer|Stills|null} */
    this._player = null;
    this._codec = '';
  }

  /** @param {{chosen: () => void, align: () => void}} asks */
  _build({ chosen, align }) {
    this._video = el('video', { muted: true, autoplay: true, playsinline: true, disablepictureinpicture: true, tabindex: -1 });
    this._video.muted = true;
    this._canvas = el('canvas', { width: 1, height: 1 });
    this._title = el('b', {});
    this._reason = el('span', {});
    this._cover = el('div', { class: 'tile-cover' }, el('p', {}, this._title, this._reason));
    this._seal = el('div', { class: 'tag tag-right' }, shield(), el('span', {}));
    this._caption = el('b', {});
    this._figures = el('span', {});
    this._button = el('button', { type: 'button', class: 'tile-choose' });
    this._button.addEventListener('click', chosen);
    this._align = el('button', { type: 'button', class: 'tile-align' });
    this._align.addEventListener('click', align);
    const picture = el('div', { class: 'tile-picture' }, this._video, this._canvas, this._cover);
    const tag = el('div', { class: 'tag' }, el('b', {}, this._name));
    this.element = el('li', { class: 'tile', 'data-camera': this._name }, picture, tag, this._seal, el('div', { class: 'tile-caption' }, this._caption, this._figures), this._button, this._align);
  }

  /**
   * @param {object} camera of the health document
   * @param {import('./tileview.js').TileView} gate
   */
  show(camera, gate) {
    this._camera = camera;
    this._gate = gate;
    this._latency.hear(camera.latency_ms);
    this._follow(gate, camera.codec);
    this._draw();
  }

  /** @param {boolean} large */
  enlarge(large) {
    this.element.classList.toggle('large', large);
    this._button.hidden = large;
  }

  close() {
    this._endPlayer();
    this.element.remove();
  }

  /**
   * @param {import('./tileview.js').TileView} gate
   * @param {string} codec
   */
  _follow(gate, codec) {
    if (!gate.open || codec !== this._codec) this._endPlayer();
    if (!gate.open || this._player) return;
    this._codec = codec;
    const address = `/api/v1/video/${encodeURIComponent(this._name)}`;
    this._begin(new LivePlayer(this._video, socketAddress(address), codec, (state) => this._played(state)));
  }

  /** @param {LivePlayer|Stills} player */
  _begin(player) {
    this._player = player;
    player.start();
  }

  /** @param {import('./player.js').PlayerState} state */
  _played(state) {
    if (state === 'unplayable') {
      this._endPlayer();
      const address = `/api/v1/video/${encodeURIComponent(this._name)}/snapshot.jpg`;
      this._begin(new Stills(this._canvas, address, (next) => this._played(next)));
    }
    this._draw();
  }

  _endPlayer() {
    this._player?.stop();
    this._player = null;
    this._codec = this._gate?.open ? this._codec : '';
  }

  _draw() {
    const view = pictureView(this._gate, this._player?.state ?? 'waiting');
    this.element.classList.toggle('closed', !view.open);
    this.element.classList.toggle('stills', this._player instanceof Stills);
    setText(this._title, word(view.title));
    setText(this._reason, view.open ? '' : this._reasonText(view));
    setText(this._caption, this._captionText(view));
    setText(this._figures, this._figuresText(view));
    this._showSeal();
    const label = word('show_large', { name: this._name });
    if (this._button.title !== label) [this._button.title, this._button.ariaLabel] = [label, label];
    setText(this._align, word('align'));
    this._align.setAttribute('aria-label', word('align_open', { name: this._name }));
    this._video.setAttribute('aria-label', word('video_of', { name: this._name }));
  }

  /** @param {import('./tileview.js').TileView} view */
  _reasonText(view) {
    if (view.title === 'then_video') return word('then_video_why');
    if (view.cause) return cause(view.cause);
    const lost = view.title === 'video_lost' && this._player;
    return lost ? word('video_lost_for', { age: duration((performance.now() - this._player.pictureAtMs) / 1000) }) : '';
  }

  /** @param {import('./tileview.js').TileView} view */
  _captionText(view) {
    if (!this._gate.open) return word(this._gate.title === 'then_video' ? 'then_mark' : 'nothing_leaves');
    const cap = this._camera.cap_px_per_m;
    const large = this.element.classList.contains('large');
    if (cap == null) return word('gate_open');
    return large ? word('gate_open_cap', { cap: unit(cap, 'px/m') }) : unit(cap, 'px/m');
  }

  /** @param {import('./tileview.js').TileView} view */
  _figuresText(view) {
    if (this._gate.open) return view.open ? this._latencyText() : '';
    return Number.isFinite(view.sinceMs) ? word('since', { time: clock(view.sinceMs) }) : '';
  }

  _latencyText() {
    const { latency_ms: latencyMs } = this._camera;
    if (latencyMs == null) return '';
    const value = `${number(latencyMs)} ±\u202f${unit(this._latency.errorMs(), 'ms')}`;
    return this.element.classList.contains('large') ? word('latency', { value }) : value;
  }

  _showSeal() {
    const { sealed } = this._camera;
    this._seal.classList.toggle('broken', !sealed);
    setText(this._seal.lastChild, word(sealed ? 'sealed' : 'not_sealed'));
  }
}
