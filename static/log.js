/** The incident log: newest first, beside the map or as a tab; what officers write and what the station saw change. */

import { LogForm, refusedText } from './logform.js';
import { byId, el, setText } from './dom.js';
import { counted } from './figures.js';
import { HandoverDialog } from './loghandover.js';
import { printLog } from './logprint.js';
import { aboutText, countText, entryText, kindText, whenText } from './logwords.js';
import { addTool } from './maptools.js';
import { told } from './officerapi.js';
import { current, watch } from './state.js';
import { stationNowMs } from './stationclock.js';
import { showTab } from './tabs.js';
import { word } from './words.js';

const ADDRESS = '/api/v1/log';
const ICON = 'M4 2.500H16V17.500H4ZM7 6.500H13M7 10H13M7 13.500H10.500';
const narrow = matchMedia('(max-width: 899px)');

export class LogPanel {
  /** @param {import('./map.js').DensityMap} map */
  constructor(map) {
    this._map = map;
    /** @type {Map<number, import('./logwords.js').Entry>} */
    this._entries = new Map();
    this._listText = '';
    this._form = new LogForm(map, (entry) => this._wrote(entry));
    this._handover = new HandoverDialog((entry) => this._wrote(entry));
    this._button = addTool({ id: 'log-toggle', word: 'log', icon: ICON, letter: 'g', controls: 'panel-log', act: () => this.toggle() });
    this._listen();
    watch((_, changed) => this._follow(changed));
  }

  _listen() {
    byId('log-close').addEventListener('click', () => this.close());
    byId('log-older').addEventListener('click', () => this._older());
    byId('log-handover').addEventListener('click', () => this._handover.open(this._offered()));
    byId('log-csv').addEventListener('click', () => this._csv());
    byId('log-print').addEventListener('click', () => this._print());
    byId('panel-log').addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || narrow.matches || this._map.picker) return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen() {
    return document.body.classList.contains('log-open');
  }

  toggle() {
    if (narrow.matches) {
      showTab('tab-log');
      this._form.focus();
    } else if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    document.body.classList.add('log-open');
    this._button.setAttribute('aria-expanded', 'true');
    this._show();
    this._form.focus();
  }

  close() {
    this._form.stopPicking();
    document.body.classList.remove('log-open');
    this._button.setAttribute('aria-expanded', 'false');
    this._button.focus({ preventScroll: true });
  }

  /** @param {Set<string>} changed */
  _follow(changed) {
    if (changed.has('log')) this._take(current().log.entries);
    if (['log', 'language', 'health'].some((name) => changed.has(name))) this._show();
  }

  /** @param {import('./logwords.js').Entry[]} entries */
  _take(entries) {
    for (const entry of entries) this._entries.set(entry.number, entry);
  }

  /** @param {import('./logwords.js').Entry} entry that the station has kept */
  _wrote(entry) {
    this._take([entry]);
    this._show();
    const taken = entry.kind === 'handover_taken';
    setText(byId('log-said'), taken ? word('handover_done', { by: entry.author }) : word('log_written', { number: entry.number }));
  }

  /** The newest without a gap, newest first. */
  _run() {
    const numbers = [...this._entries.keys()].sort((a, b) => b - a);
    const end = numbers.findIndex((number, row) => row > 0 && numbers[row - 1] !== number + 1);
    return (end < 0 ? numbers : numbers.slice(0, end)).map((number) => this._entries.get(number));
  }

  /** The offer of a shift that nobody has taken over. */
  _offered() {
    const { log } = current();
    return log?.offer ? (this._entries.get(log.offer) ?? null) : null;
  }

  async _older() {
    const last = this._run().at(-1)?.number;
    if (!last) return;
    const answer = await told('GET', `${ADDRESS}?before=${last}`);
    if (answer.outcome === 'done') this._take(answer.document.entries);
    else setText(byId('log-said'), refusedText(answer));
    this._show();
  }

  _show() {
    const { log, health } = current();
    const run = this._run();
    setText(byId('log-count'), log ? countText(log.count) : '');
    setText(byId('log-faults'), log?.not_kept ? counted('log_not_kept', log.not_kept) : '');
    setText(byId('log-empty'), run.length ? '' : word(log ? 'log_empty' : 'log_waiting'));
    byId('log-older').hidden = !run.length || run.at(-1).number === 1;
    byId('log-form').hidden = byId('log-handover').hidden = Boolean(health?.replay);
    setText(byId('log-replay'), health?.replay ? word('log_replay') : '');
    setText(byId('log-handover'), word(log?.offer ? 'handover_waits' : 'handover_open'));
    this._showList(run);
  }

  /** @param {import('./logwords.js').Entry[]} run */
  _showList(run) {
    const text = `${run.length} ${run[0]?.number} ${document.documentElement.lang} ${current().health?.replay ? 1 : 0} ${stationNowMs() > 0}`;
    if (text === this._listText) return;
    this._listText = text;
    const corrected = new Map(run.filter(({ kind }) => kind === 'correction').map(({ refers_to: of, number }) => [of, number]));
    const list = byId('log-list');
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    list.replaceChildren(...run.map((entry) => this._row(entry, corrected.get(entry.number))));
    if (held) list.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }

  /** @param {import('./logwords.js').Entry} entry @param {number} [corrected] by which entry */
  _row(entry, corrected) {
    const notes = [aboutText(entry), entry.kind === 'correction' && word('log_corrects', { number: entry.refers_to }), corrected && word('log_corrected', { number: corrected })];
    const head = el('h3', {}, el('b', {}, `${entry.number} · ${kindText(entry)}`), el('time', { datetime: entry.utc }, whenText(entry, stationNowMs())));
    const by = entry.author ? el('span', { class: 'log-by' }, entry.author) : '';
    const text = el('p', { class: 'log-words' }, entryText(entry));
    const about = el('p', { class: 'caption' }, by, by && notes.some(Boolean) ? ' · ' : '', notes.filter(Boolean).join(' · '));
    const row = el('li', { class: `log-entry${entry.author ? '' : ' of-station'}`, 'data-number': entry.number }, head, text, about);
    const acts = this._acts(entry);
    if (acts.length) row.append(el('div', { class: 'log-acts' }, ...acts));
    return row;
  }

  /** @param {import('./logwords.js').Entry} entry */
  _acts({ number, author, lon_lat: place, kind }) {
    const acts = [];
    if (author && !kind.startsWith('handover') && !current().health?.replay) acts.push(act(`correct ${number}`, 'log_correct', number, () => this._form.correct(number)));
    if (place) acts.push(act(`see ${number}`, 'log_see', number, () => this._map.show(place)));
    return acts;
  }

  /** A link, so that the browser saves what the station names; it is written down first. */
  _csv() {
    el('a', { href: `${ADDRESS}/export?format=csv`, download: '' }).click();
  }

  async _print() {
    setText(byId('log-said'), (await printLog(this._run())) ? '' : word('log_print_not'));
  }
}

/** @param {string} key @param {string} text @param {number} number @param {() => void} does */
function act(key, text, number, does) {
  const button = el('button', { type: 'button', class: 'button', 'data-key': key, 'aria-label': word(`${text}_of`, { number }) }, word(text));
  button.addEventListener('click', does);
  return button;
}
