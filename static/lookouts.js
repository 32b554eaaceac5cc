/** Where the command post wants eyes: asked for on the map, listed beside the links, withdrawn. */

import { areasOf, featuresOf } from './vehicles.js';
import { byId, el, setText } from './dom.js';
import { duration, position } from './figures.js';
import { contains } from './geometry.js';
import { LookoutPins } from './lookoutpins.js';
import { told } from './officerapi.js';
import { allow } from './session.js';
import { joinEscape, joinKey } from './shortcuts.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { isThen } from './then.js';
import { translate, word } from './words.js';

const OPEN = ['asked', 'going', 'refused'];

export class Lookouts {
  /** @param {import('./map.js').DensityMap} map */
  constructor(map) {
    this._map = map;
    this._pins = new LookoutPins(map.map, (id) => this._reveal(id));
    this._pick = (lonLat) => this._picked(lonLat);
    this._rows = '';
    byId('panel-links').prepend(this._panel());
    joinKey('e', 'keys_lookout', () => this._toggle());
    joinEscape(() => map.picker === this._pick && (this._stop(), true));
    watch((_, changed) => ['lookouts', 'vehicles', 'language', 'tick'].some((name) => changed.has(name)) && this._show());
  }

  _panel() {
    this._ask = el('button', { type: 'button', class: 'button', id: 'lookout-ask', 'data-right': 'act' });
    this._ask.addEventListener('click', () => this._toggle());
    this._said = el('p', { class: 'lookouts-said', id: 'lookouts-said', role: 'status' });
    this._list = el('ul', { class: 'lookout-list', id: 'lookout-list' });
    const title = el('h2', {}, el('span', { id: 'lookouts-title', 'data-word': 'lookouts' }), this._ask);
    return el('div', { class: 'lookouts', role: 'group', 'aria-labelledby': 'lookouts-title' }, title, this._said, this._list);
  }

  _toggle() {
    if (this._map.picker === this._pick) return this._stop();
    if (isThen()) return this._say('lookout_then');
    if (this._map.picker) return this._say('lookout_busy');
    this._map.picker = this._pick;
    this._say('lookout_pick');
    byId('map').focus({ preventScroll: true });
  }

  _stop() {
    if (this._map.picker === this._pick) this._map.picker = null;
    this._say('');
  }

  /** @param {string} key of a word, or '' */
  _say(key) {
    setText(this._said, key ? word(key) : '');
    setText(this._ask, word(this._map.picker === this._pick ? 'lookout_stop' : 'lookout_ask'));
  }

  /** @param {[number, number]} lonLat */
  _picked(lonLat) {
    const areas = areasOf(current());
    if (areas.length && !areas.some((ring) => contains(ring, lonLat))) return this._say('lookout_outside');
    this._stop();
    openAsking(lonLat, () => this._ask.focus());
  }

  /** @param {string} id */
  _reveal(id) {
    this._list.querySelector(`[data-id="${id}"] button`)?.focus();
  }

  _show() {
    this._say(this._map.picker === this._pick ? 'lookout_pick' : '');
    const requests = current().lookouts?.requests ?? [];
    const from = new Map(featuresOf(current().vehicles, 'vehicle').map(({ properties, geometry }) => [properties.system_id, geometry.coordinates]));
    this._pins.show(requests.filter(isOpen).map((one) => ({ id: one.id, lonLat: one.lon_lat, name: `${nameOf(one)}, ${stateText(one)}`, from: from.get(one.taken_by) ?? null })));
    const open = requests.map(({ id, state }) => `${id} ${state}`).join(' ') + document.documentElement.lang;
    if (open !== this._rows) this._list.replaceChildren(...requests.map((one) => this._row(one)));
    this._rows = open;
    for (const one of requests) setText(this._list.querySelector(`[data-id="${one.id}"] span`), textOf(one));
    if (!requests.length) this._list.replaceChildren(el('li', { class: 'caption' }, word('lookouts_none')));
  }

  /** @param {object} request */
  _row(request) {
    const name = nameOf(request);
    const see = el('button', { type: 'button', class: 'button', 'aria-label': word('lookout_see_of', { what: name }) }, word('lookout_see'));
    see.addEventListener('click', () => this._map.show(request.lon_lat));
    const withdraw = el('button', { type: 'button', class: 'button', 'data-right': 'act', 'aria-label': word('lookout_withdraw_of', { what: name }) }, word('lookout_withdraw'));
    withdraw.addEventListener('click', () => this._withdraw(request.id));
    allow(withdraw);
    const acts = el('div', { class: 'lookout-acts' }, see, ...(isOpen(request) ? [withdraw] : []));
    return el('li', { class: isOpen(request) ? 'lookout' : 'lookout over', 'data-id': request.id, 'data-state': request.state }, el('div', {}, el('b', {}, name), ' ', el('span', {})), acts);
  }

  /** @param {string} id */
  async _withdraw(id) {
    const { outcome, says } = await told('DELETE', `/api/v1/lookouts/${id}`);
    if (outcome !== 'done' && outcome !== 'already') setText(this._said, refusalText(outcome, says));
    byId('lookout-ask').focus();
  }
}

/** @param {object} request */
const isOpen = ({ state }) => OPEN.includes(state);

/** @param {object} request */
const nameOf = ({ note, id }) => note || word('lookout_unnamed', { id: id.slice(1) });

/** @param {number|null} systemId */
function vehicleName(systemId) {
  const found = (current().vehicles?.features ?? []).find(({ properties }) => properties.kind === 'vehicle' && properties.system_id === systemId);
  return found?.properties.name ?? String(systemId);
}

/** @param {object} request */
function stateText(request) {
  const age = duration(Math.max(0, (stationNowMs() - Date.parse(request.state_utc)) / 1000));
  const reasons = request.refusals.map(({ vehicle, reason }) => `${vehicleName(vehicle)}, ${reason}`).join(' ; ');
  return word(`lookout_${request.state}`, { age, name: vehicleName(request.taken_by), reasons });
}

/** @param {object} request */
function textOf(request) {
  const whom = request.vehicle === null || request.state !== 'asked' ? '' : ` (${vehicleName(request.vehicle)})`;
  const refused = request.state === 'asked' && request.refusals.length ? [stateText({ ...request, state: 'refused' })] : [];
  const seen = request.seen_age_s === null ? word('lookout_unseen') : word('lookout_seen_now', { age: duration(request.seen_age_s) });
  return [stateText(request) + whom, ...refused, ...(isOpen(request) ? [seen] : [])].join(', ');
}

/** @param {import('./officerapi.js').Outcome} outcome @param {string} says */
function refusalText(outcome, says) {
  if (outcome === 'other') return `${word('refused_other')} ${says}`;
  return word(outcome === 'right' && says.includes('mission') ? 'lookout_ended' : outcome === 'right' && says.includes('replay') ? 'refused_replay' : `refused_${outcome}`);
}

/**
 * The dialog is in the page while it is open.
 * @param {[number, number]} lonLat
 * @param {() => void} closed
 */
function openAsking(lonLat, closed) {
  const close = el('button', { type: 'button', 'data-label': 'close' }, '×');
  const vehicles = (current().vehicles?.features ?? []).filter(({ properties }) => properties.kind === 'vehicle');
  const whom = el('select', { id: 'lookout-vehicle' }, new Option(word('lookout_anybody'), ''), ...vehicles.map(({ properties }) => new Option(properties.name, String(properties.system_id))));
  const note = el('input', { id: 'lookout-note', maxlength: 80, autocomplete: 'off' });
  const refusal = el('p', { class: 'refusal', id: 'lookout-refusal', role: 'alert' });
  const send = el('button', { type: 'submit', class: 'button main', id: 'lookout-send', 'data-word': 'lookout_send' });
  const form = el('form', { novalidate: true }, el('p', {}, word('lookout_place', { place: position(lonLat) })),
    el('label', {}, el('span', { 'data-word': 'lookout_note' }), note), el('label', {}, el('span', { 'data-word': 'lookout_vehicle' }), whom),
    el('p', { class: 'caption', 'data-word': 'lookout_nobody' }), refusal, el('div', { class: 'acknowledge-acts' }, send));
  const dialog = el('dialog', { class: 'acknowledge', id: 'lookout', 'aria-labelledby': 'lookout-title' }, el('h2', {}, el('span', { id: 'lookout-title', 'data-word': 'lookout_title' }), close), form);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    const body = { lon_lat: lonLat, ...(note.value.trim() ? { note: note.value.trim() } : {}), ...(whom.value ? { vehicle: Number(whom.value) } : {}) };
    const { outcome, says } = await told('POST', '/api/v1/lookouts', body);
    send.disabled = false;
    if (outcome === 'done') dialog.close();
    else setText(refusal, refusalText(outcome, says));
  });
  document.body.append(dialog);
  translate(dialog);
  dialog.showModal();
  note.focus();
}
