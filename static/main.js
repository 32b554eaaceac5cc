/** Puts the page together: one line of documents in, every part of the page out. */

import { AlertPanel } from './alerts.js';
import { AlignPanel } from './align.js';
import { cellAt } from './cells.js';
import { CellCutter } from './cutter.js';
import { densityFromDocument } from './density.js';
import { byId } from './dom.js';
import { startExercise } from './exercise.js';
import { startExports } from './exports.js';
import { startHeader } from './header.js';
import { startInspector } from './inspector.js';
import { installShell } from './install.js';
import { startKeys } from './keys.js';
import { startLegend } from './legend.js';
import { startLinks } from './links.js';
import { LiveLine, socketAddress } from './live.js';
import { LogPanel } from './log.js';
import { Lookouts } from './lookouts.js';
import { DensityMap } from './map.js';
import { startMapFiles } from './mapfiles.js';
import { MeasureTool } from './measure.js';
import { startNotices } from './notices.js';
import { patternDefinitions } from './patterns.js';
import { checkSession, startSession } from './session.js';
import { announce, current, update } from './state.js';
import { hearUtc } from './stationclock.js';
import { startTable } from './table.js';
import { startTabs } from './tabs.js';
import { startTheme } from './theme.js';
import { isThen } from './then.js';
import { Timeline } from './timeline.js';
import { areasOf } from './vehicles.js';
import { VideoWall } from './video.js';
import { translate } from './words.js';
import { ZoneTool } from './zonetool.js';

const TICK_MS = 1000;

/** The density document as it came: a new area cuts its cells anew. @type {{document: object, atMs: number}|null} */
let lastDensity = null;
/** Cuts cells to the area of the text. */
let cutter = { areaText: '', cells: new CellCutter([]) };

/** @type {Record<string, (document: object) => void>} */
const hears = {
  density(document) {
    lastDensity = { document, atMs: performance.now() };
    if (!isThen()) showDensity();
  },
  vehicles(document) {
    update({ vehicles: document });
    showDensity({ onlyInNewArea: true });
  },
  alerts: (document) => update({ alerts: document }),
  zones: (document) => update({ zones: document }),
  log: (document) => update({ log: document }),
  lookouts: (document) => update({ lookouts: document }),
  health(document) {
    hearUtc(document.utc);
    update({ health: document, healthAtMs: performance.now() });
    showDensity({ onlyInNewArea: true });
  },
};

/** @param {{onlyInNewArea?: boolean}} [when] */
function showDensity({ onlyInNewArea = false } = {}) {
  const areas = areasOf(current());
  const areaText = JSON.stringify(areas);
  if (!lastDensity || isThen() || (onlyInNewArea && areaText === cutter.areaText)) return;
  if (areaText !== cutter.areaText) cutter = { areaText, cells: new CellCutter(areas) };
  const density = densityFromDocument(lastDensity.document, cutter.cells, lastDensity.atMs);
  update({ density, selected: stillSelected(density) });
}

/** Shows a map of before, as of then; null where none is kept. @param {object|null} document */
function showThen(document) {
  const density = document && { ...densityFromDocument(document, cutter.cells, performance.now()), isThen: true };
  update({ density, selected: density ? stillSelected(density) : null });
}

/** Cells split and join: the choice stays with the place. @param {import('./density.js').Density} density */
function stillSelected(density) {
  const { selected, density: before } = current();
  if (selected === null || density.byId.has(selected)) return selected;
  const place = before?.byId.get(selected)?.centreLonLat;
  return (place && cellAt(density, place)?.id) ?? null;
}

/** Starts every part and returns the map. */
function start() {
  // first: its handshake goes on while the parts start
  new LiveLine(socketAddress('/api/v1/live?density=steps'), {
    hears: (topic, document) => hears[topic]?.(document),
    linkChanged: (link) => {
      update({ link });
      if (link.state === 'lost') checkSession();
    },
  }).open();
  document.body.prepend(patternDefinitions());
  startTheme();
  const map = new DensityMap(byId('map'));
  byId('zoom-in').addEventListener('click', () => map.zoom(1));
  byId('zoom-out').addEventListener('click', () => map.zoom(-1));
  byId('fit').addEventListener('click', () => map.reframe());
  for (const element of document.querySelectorAll('.legend')) startLegend(element);
  for (const begin of [startHeader, startNotices, startInspector, startTable, startTabs, startLinks, startSession]) begin();
  startMapFiles(map);
  new MeasureTool(map);
  startExports();
  startExercise();
  const align = new AlignPanel(map);
  new VideoWall((name) => align.open(name));
  new AlertPanel(map);
  new ZoneTool(map);
  new LogPanel(map);
  new Lookouts(map);
  new Timeline({ show: showThen, live: () => showDensity() });
  startKeys(map);
  translate(document.documentElement);
  announce(new Set(['language', 'theme', 'tick']));
  setInterval(() => announce(new Set(['tick'])), TICK_MS);
  installShell();
  return map;
}

/** For the browser's console and for tests. */
export const map = start();
