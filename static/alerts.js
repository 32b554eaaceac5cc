/** Alerts: cards at the rail, pins on the map, the last acknowledgement; what is chosen, what is new. */

import { AcknowledgeDialog } from './acknowledge.js';
import { AlertCards } from './alertcards.js';
import { cardsOf, freshOf, hueOf, isOpen, lastAcknowledged, rankOf } from './alertlist.js';
import { AlertPins } from './alertpins.js';
import { sound, startSound } from './alertsound.js';
import { showWaiting, startTitle } from './alerttitle.js';
import { agoText, byText, kindText, levelText, nameText, placeText } from './alertwords.js';
import { byId, setAttributes, setText } from './dom.js';
import { clock, counted } from './figures.js';
import { addKeys } from './keys.js';
import { current, update, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { showTab } from './tabs.js';
import { isThen } from './then.js';
import { word } from './words.js';

/** More cards than these, and the videos stand in one row. */
const MOST_BESIDE_VIDEOS = 3;
/** Alerts come each second; older than this they are told with their age. */
const OLD_AFTER_S = 5;

/** @typedef {import('./alertlist.js').Alert} Alert */

export class AlertPanel {
  /** @param {import('./map.js').DensityMap} map */
  constructor(map) {
    this._map = map;
    this._dialog = new AcknowledgeDialog((alert, given) => this._taken(alert, given));
    const acts = { acknowledge: (id) => this.acknowledge(id), see: (id) => this.see(id), choose: (id) => this._choose(id) };
    this._cards = new AlertCards(byId('alert-cards'), acts);
    this.pins = new AlertPins(map.map, (id) => this._chooseAndShow(id));
    /** @type {Alert[]} */
    this._shown = [];
    /** @type {Map<string, number>} */
    this._open = new Map();
    this._last = null;
    startSound();
    startTitle();
    this._listen();
    watch((_, changed) => ['alerts', 'zones', 'alert', 'health', 'language', 'tick', 'then'].some((name) => changed.has(name)) && this._show(changed));
  }

  _listen() {
    const numbers = Object.fromEntries([...'123456789'].map((digit) => [digit, () => this._chooseNumber(Number(digit))]));
    addKeys({ ...numbers, a: () => this.acknowledge(this._meant()?.id), v: () => this.see(this._meant()?.id) }, [
      ['1 – 9', 'keys_alerts'],
      ['A', 'keys_acknowledge'],
      ['V', 'keys_see'],
    ]);
    byId('first-alert').addEventListener('click', () => this._shown[0] && this._chooseAndShow(this._shown[0].id));
  }

  /** The one that is chosen, else the one on top. */
  _meant() {
    return this._shown.find(({ id }) => id === current().alert) ?? this._shown[0];
  }

  /** @param {string} id */
  _choose(id) {
    if (current().alert !== id) update({ alert: id });
  }

  /** @param {string} id */
  _chooseAndShow(id) {
    this._choose(id);
    showTab('tab-alerts');
    this._cards.focus(id);
  }

  /** @param {number} number */
  _chooseNumber(number) {
    const alert = this._shown[number - 1];
    if (alert) this._chooseAndShow(alert.id);
    else setText(byId('spoken'), word('alert_no_such', { number }));
  }

  /** @param {string|undefined} id */
  see(id) {
    const alert = this._shown.find((one) => one.id === id);
    if (!alert) return;
    this._choose(alert.id);
    this._map.show(alert.lon_lat);
  }

  /** @param {string|undefined} id */
  acknowledge(id) {
    const alert = this._shown.find((one) => one.id === id && isOpen(one)) ?? (id === current().alert ? undefined : this._shown.find(isOpen));
    if (isThen()) return this._say(word('then_alerts'));
    if (current().health?.replay || !alert) return this._say(word(current().health?.replay ? 'alert_replay' : 'alert_nothing'));
    this._choose(alert.id);
    this._dialog.open(alert, this._shown.indexOf(alert) + 1);
  }

  /** @param {string} text for everybody, in the panel's head */
  _say(text) {
    setText(byId('alerts-said'), text);
    this._saidUntilMs = performance.now() + 6000;
  }

  /**
   * The station has kept an acknowledgement: shown at once, not only when the next document comes.
   * @param {Alert} alert that may have ended meanwhile
   * @param {import('./alertlist.js').Acknowledged} given
   */
  _taken(alert, given) {
    const { alerts } = current();
    this._last = { alert, given };
    update({ alerts: { ...alerts, alerts: alerts.alerts.map((one) => (one.id === alert.id ? { ...one, acknowledged: given } : one)) } });
  }

  /** @param {Set<string>} changed */
  _show(changed) {
    const { alerts, zones, alert, density, health } = current();
    this._shown = cardsOf(alerts, zones);
    const chosen = this._shown.some(({ id }) => id === alert) ? alert : null;
    this._last = lastAcknowledged(this._last, this._shown, alerts, zones);
    const nowMs = stationNowMs();
    this._cards.show(this._shown, { chosen, replay: Boolean(health?.replay) || isThen(), nowMs, density: isThen() ? null : density, zones });
    this.pins.show(this._shown, chosen, nameText);
    if (changed.has('alerts')) this._tell();
    this._dialog.follow(this._shown);
    this._showHead(alerts, nowMs);
    this._showFirst();
    this._showLast(zones);
    document.body.classList.toggle('many-alerts', this._shown.length > MOST_BESIDE_VIDEOS);
    if (chosen !== alert) update({ alert: chosen });
  }

  /** Sound and title; said once to the screen reader. */
  _tell() {
    const { now, fresh } = freshOf(this._open, this._shown);
    this._open = now;
    showWaiting(now.size);
    if (!fresh.length) return;
    sound(fresh.some((alert) => rankOf(alert) > 1) ? 'critical' : 'alert');
    const words = fresh.map((alert) => word('alert_new', { kind: kindText(alert), level: levelText(alert), place: placeText(alert, current().zones) }));
    setText(byId('alerts-spoken'), words.join('. '));
  }

  /**
   * @param {object|null} alerts
   * @param {number} nowMs
   */
  _showHead(alerts, nowMs) {
    const open = this._shown.filter(isOpen).length;
    const forecasts = this._shown.filter(({ kind }) => kind === 'forecast').length;
    const oldMs = alerts ? nowMs - Date.parse(alerts.utc) : 0;
    const parts = [
      ...(this._shown.length ? [counted('alerts_open', open)] : []),
      ...(forecasts ? [counted('alerts_forecast', forecasts)] : []),
      ...(oldMs > OLD_AFTER_S * 1000 ? [word('alerts_old', { age: agoText(oldMs) })] : []),
    ];
    setText(byId('alerts-count'), parts.join(', '));
    byId('alerts-none').hidden = this._shown.length > 0;
    setText(byId('alerts-none'), word(alerts ? 'alerts_none' : 'alerts_wait'));
    if (!(this._saidUntilMs > performance.now())) setText(byId('alerts-said'), '');
  }

  /** On a phone the alert on top stands over the map. */
  _showFirst() {
    const first = this._shown.find(isOpen);
    const button = byId('first-alert');
    button.hidden = !first;
    if (!first) return;
    const number = this._shown.indexOf(first) + 1;
    setAttributes(button, { 'data-hue': hueOf(first), 'aria-label': `${nameText(first, number)}, ${placeText(first, current().zones)}` });
    setText(button.querySelector('b'), String(number));
    setText(button.querySelector('span'), `${kindText(first)}, ${levelText(first)}. ${placeText(first, current().zones)}`);
  }

  /** @param {object|null} zones */
  _showLast(zones) {
    const last = this._last;
    byId('last-acknowledged').hidden = !last;
    if (!last) return;
    const isPlaced = Boolean(last.alert.name || last.alert.lon_lat);
    const words = { time: clock(Date.parse(last.given.utc)), kind: kindText(last.alert), place: isPlaced ? placeText(last.alert, zones) : '' };
    setText(byId('last-what'), word(isPlaced ? 'last_acknowledged' : 'last_acknowledged_only', words));
    setText(byId('last-by'), word('last_by', { by: byText(last.given.by), reason: last.given.reason }));
  }
}
