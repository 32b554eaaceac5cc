/** The tool for zones: the panel with the form and the list, over the drawing on the map. What is drawn stays until it is saved. */

import { byId, el, setText } from './dom.js';
import { counted, number, unit } from './figures.js';
import { opened } from './geometry.js';
import { addKeys } from './keys.js';
import { told } from './officerapi.js';
import { current, update, watch } from './state.js';
import { areasOf } from './vehicles.js';
import { word } from './words.js';
import { LEAST_AREA_M2, areaM2, capacityOf, drawingFault, formFault, outlineFault } from './zonecheck.js';
import { ZoneDraft } from './zonedraft.js';
import { ZoneLayers } from './zonelayers.js';
import { peopleText, shareText } from './zonewords.js';

const ADDRESS = '/api/v1/zones';
const MOST_ZONES = 32;

export class ZoneTool {
  /** @param {import('./map.js').DensityMap} map */
  constructor(map) {
    this._draft = new ZoneDraft(map, () => this._drawn());
    this._layers = new ZoneLayers(map.map, (id) => this.edit(id));
    /** @type {string|null} the zone that is changed; null draws a new one */
    this._id = null;
    /** @type {() => string} of the language that is on */
    this._refusal = () => '';
    this._busy = false;
    /** @type {string|null} asked whether it is to be deleted */
    this._doomed = null;
    this._listText = '';
    /** A new drawing while another zone is edited. @type {{corners: import('./geometry.js').Point[], name: string, capacity: string}|null} */
    this._aside = null;
    this._listen();
    watch((_, changed) => this.isOpen && (changed.has('zones') || changed.has('language')) && this._show());
  }

  get isOpen() {
    return this._draft.isOpen;
  }

  _listen() {
    const buttons = { 'zones-toggle': () => this.toggle(), 'zone-close': () => this.close(), 'zone-undo': () => this._draft.undo(), 'zone-clear': () => this._new() };
    for (const [id, act] of Object.entries(buttons)) byId(id).addEventListener('click', act);
    addKeys({ z: () => this.toggle() }, [['Z', 'keys_zone']]);
    byId('zone-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this._save();
    });
    for (const id of ['zone-name', 'zone-capacity']) byId(id).addEventListener('input', () => this._refuse(() => ''));
    for (const id of ['zone-panel', 'map']) byId(id).addEventListener('keydown', (event) => event.key === 'Escape' && this.isOpen && (this.close(), event.stopPropagation()));
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Goes on with what was drawn and not saved. */
  open() {
    if (document.body.classList.contains('aligning') || current().then !== null) return;
    update({ inspecting: false });
    byId('zone-panel').hidden = false;
    byId('zones-toggle').setAttribute('aria-expanded', 'true');
    this._draft.open();
    this._show();
  }

  close() {
    byId('zone-panel').hidden = true;
    byId('zones-toggle').setAttribute('aria-expanded', 'false');
    this._draft.close();
    this._edited(this._id, false);
    byId('map').focus({ preventScroll: true });
  }

  /** @param {string} id */
  edit(id) {
    const zone = this._layers.features.find(({ properties }) => properties.id === id);
    if (!zone) return;
    if (!this.isOpen) this.open();
    if (this._id === null && this._draft.corners.length) this._aside = { corners: this._draft.corners, name: byId('zone-name').value, capacity: byId('zone-capacity').value };
    this._id = id;
    [byId('zone-name').value, byId('zone-capacity').value] = [zone.properties.name, String(zone.properties.capacity)];
    setText(byId('zone-said'), '');
    this._draft.set(opened(zone.geometry.coordinates[0]));
    byId('zone-name').focus();
  }

  /** An empty drawing, or the new one that an edit had put aside. */
  _new() {
    const { corners, name, capacity } = (this._id !== null && this._aside) || { corners: [], name: '', capacity: '' };
    [this._id, this._aside] = [null, null];
    [byId('zone-name').value, byId('zone-capacity').value] = [name, capacity];
    this._draft.set(corners);
    byId('map').focus({ preventScroll: true });
  }

  /** A corner came, moved or went: what is wrong with it is told at once. */
  _drawn() {
    this._refuse(() => '');
    this._show();
  }

  /** @param {() => string} refusal @param {string} [field] id of what it is about */
  _refuse(refusal, field = '') {
    this._refusal = refusal;
    for (const id of ['zone-name', 'zone-capacity']) byId(id).setAttribute('aria-invalid', String(id === field));
    this._showRefusal();
  }

  _showRefusal() {
    const fault = drawingFault(this._draft.corners, areasOf(current()));
    const text = this._refusal() || (fault ? faultText(fault) : '');
    setText(byId('zone-refusal'), text);
    return fault;
  }

  _show() {
    this._edited(this._id, this.isOpen);
    const { corners } = this._draft;
    this._draft.show(this._showRefusal()?.corners ?? []);
    const name = this._layers.features.find(({ properties }) => properties.id === this._id)?.properties.name;
    setText(byId('zone-title'), this._id ? word('zone_change', { name: name ?? byId('zone-name').value }) : word('zone_new'));
    const sized = corners.length > 2 ? word('zone_corners', { count: corners.length, area: unit(areaM2(corners), 'm²') }) : counted('zone_corners_few', corners.length);
    setText(byId('zone-corners'), sized);
    byId('zone-undo').disabled = byId('zone-clear').disabled = !corners.length;
    byId('zone-save').disabled = this._busy;
    this._showList();
  }

  /** @param {string|null} id @param {boolean} is being edited */
  _edited(id, is) {
    this._layers.edited = is ? id : null;
    this._layers.show();
  }

  async _save() {
    if (this._busy) return;
    const [name, capacity] = [byId('zone-name').value.split(/\s+/).filter(Boolean).join(' '), byId('zone-capacity').value];
    const fault = outlineFault(this._draft.corners, areasOf(current())) ?? this._formFault(name, capacity);
    if (fault) return this._stop(fault);
    const body = { name, capacity: capacityOf(capacity), polygon: this._draft.corners };
    this._busy = true;
    this._show();
    const answer = await (this._id ? told('PUT', `${ADDRESS}/${encodeURIComponent(this._id)}`, body) : told('POST', ADDRESS, body));
    this._busy = false;
    if (answer.outcome === 'done') this._saved(answer.document);
    else this._refused(answer);
    this._show();
  }

  /** @param {string} name @param {string} capacity */
  _formFault(name, capacity) {
    const others = this._layers.features.filter(({ properties }) => properties.id !== this._id).map(({ properties }) => properties.name);
    if (!this._id && others.length >= MOST_ZONES) return { key: 'zone_fault_number', values: {}, corners: [] };
    return formFault(name, capacity, others);
  }

  /** @param {import('./zonecheck.js').Fault & {field?: string}} fault */
  _stop(fault) {
    this._refuse(() => faultText(fault), fault.field && `zone-${fault.field}`);
    byId(fault.field ? `zone-${fault.field}` : 'map').focus({ preventScroll: true });
  }

  /** @param {object} feature as the station keeps it */
  _saved(feature) {
    const { zones } = current();
    const others = (zones?.features ?? []).filter(({ properties }) => properties.id !== feature.properties.id);
    update({ zones: { ...zones, features: [...others, feature] } });
    this._new();
    setText(byId('zone-said'), word('zone_saved', { name: feature.properties.name }));
  }

  /** @param {import('./officerapi.js').Answer} answer */
  _refused({ outcome, says }) {
    const gone = outcome === 'gone' && this._id !== null;
    if (gone) this._id = null;
    const why = () => (gone ? word('zone_refused_gone') : outcome === 'other' || outcome === 'gone' ? `${word('refused_other')} (${says})` : word(`refused_${outcome}`));
    this._refuse(() => `${why()} ${word('zone_kept')}`);
  }

  /** @param {string} id */
  async _delete(id) {
    const name = this._layers.features.find(({ properties }) => properties.id === id)?.properties.name ?? '';
    const answer = await told('DELETE', `${ADDRESS}/${encodeURIComponent(id)}`);
    this._doomed = null;
    if (answer.outcome === 'done' || answer.outcome === 'gone') this._deleted(id, name);
    else setText(byId('zone-said'), answer.outcome === 'other' ? `${word('refused_other')} (${answer.says})` : word(`refused_${answer.outcome}`));
    this._show();
  }

  /** @param {string} id @param {string} name */
  _deleted(id, name) {
    const { zones } = current();
    update({ zones: { ...zones, features: (zones?.features ?? []).filter(({ properties }) => properties.id !== id) } });
    if (this._id === id) this._new();
    setText(byId('zone-said'), word('zone_deleted', { name }));
  }

  _showList() {
    const rows = this._layers.features.map(({ properties }) => [properties.id, properties.name, `${shareText(properties)}, ${peopleText(properties)}`]);
    const text = JSON.stringify([rows, this._doomed, document.documentElement.lang]);
    if (text === this._listText) return;
    this._listText = text;
    const list = byId('zone-list');
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    list.replaceChildren(...(rows.length ? rows.map((row) => this._row(row)) : [el('li', { class: 'caption' }, word('zones_none'))]));
    if (held) list.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

  /** @param {[string, string, string]} row */
  _row([id, name, fill]) {
    const words = el('div', { class: 'zone-row-words' }, el('b', {}, name), el('span', { class: 'caption' }, fill));
    if (id !== this._doomed) return el('li', {}, words, this._button(`edit ${id}`, 'zone_edit', name, () => this.edit(id)), this._button(`delete ${id}`, 'zone_delete', name, () => this._doom(id)));
    const sure = el('b', { class: 'zone-row-words' }, word('zone_delete_sure', { name }));
    return el('li', {}, sure, this._button(`delete ${id}`, 'zone_delete_yes', '', () => this._delete(id)), this._button(`keep ${id}`, 'zone_delete_no', '', () => this._doom(null)));
  }

  /** @param {string|null} id asked about before it goes */
  _doom(id) {
    this._doomed = id;
    this._showList();
  }

  /** @param {string} key @param {string} text @param {string} name @param {() => void} act */
  _button(key, text, name, act) {
    const button = el('button', { type: 'button', class: 'button', 'data-key': key, 'aria-label': name && word(`${text}_of`, { name }) }, word(text));
    button.addEventListener('click', act);
    return button;
  }
}

/** @param {import('./zonecheck.js').Fault} fault */
function faultText({ key, values }) {
  const figures = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, number(value)]));
  return word(key, { ...figures, least: unit(LEAST_AREA_M2, 'm²') });
}
