/** Puts base map and site plan onto the map, says what cannot be drawn, and lists the layers. */

import { BaseMap } from './basemap.js';
import { byId, el, setText } from './dom.js';
import { joinLayer, startLayers } from './layers.js';
import { SitePlan } from './siteplan.js';
import { watch } from './state.js';
import { known, word } from './words.js';

const L = globalThis.L;
const PANES = { basemap: 150, siteplan: 380, buildings: 375, measure: 650 };
const AGAIN_MS = 5000;

/** @type {BaseMap|null} */
let basemap = null;
/** @type {{what: string, file: string, cause: string}[]} */
let faults = [];

/** @param {import('./map.js').DensityMap} densityMap */
export function startMapFiles(densityMap) {
  const { map } = densityMap;
  for (const [name, zIndex] of Object.entries(PANES)) map.createPane(name).style.zIndex = String(zIndex);
  startLayers();
  byId('middle').append(el('p', { class: 'map-says', id: 'map-faults', role: 'status', hidden: true }));
  const credit = el('p', { id: 'attribution' });
  const control = L.control({ position: 'bottomright' });
  control.onAdd = () => credit;
  control.addTo(map);
  for (const [name, warns] of [['cells', true], ['flows', true], ['footprints', false], ['zones', true], ['graticule', false]]) joinLayer({ name, key: `layer_${name}`, warns, shown: () => densityMap.cells.repaint() });
  watch((_, changed) => {
    if (changed.has('theme')) basemap?.restyle();
    if (changed.has('theme')) plan?.repaint();
    if (changed.has('language') || changed.has('tick')) sayFaults();
  });
  load(densityMap, credit);
}

/** @type {SitePlan|null} */
let plan = null;

/**
 * @param {import('./map.js').DensityMap} densityMap
 * @param {HTMLElement} credit
 */
async function load(densityMap, credit) {
  const { map, cells } = densityMap;
  const facts = await asked();
  if (!facts) return void setTimeout(() => load(densityMap, credit), AGAIN_MS);
  faults = facts.faults;
  if (facts.basemap) {
    basemap = new BaseMap(map, facts.basemap);
    setText(credit, basemap.attribution);
    const shown = (on) => {
      credit.hidden = !on;
      cells.setBaseMap(on);
    };
    joinLayer({ name: 'basemap', key: 'layer_basemap', shown });
  }
  if (facts.site_plan) {
    plan = new SitePlan(map, facts.site_plan);
    joinLayer({ name: 'siteplan', key: 'layer_siteplan' });
  }
  sayFaults();
}

/** @returns {Promise<object|null>} null where the station does not answer */
async function asked() {
  try {
    const answer = await fetch('/api/v1/basemap');
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function sayFaults() {
  const lines = faults.map(({ what, file, cause }) => word(`basefault_${what}`, { file, why: known('basefault', cause) }));
  const all = [...lines, basemap?.fault ?? ''].filter(Boolean).join(' ');
  byId('map-faults').hidden = !all;
  setText(byId('map-faults'), all);
}
