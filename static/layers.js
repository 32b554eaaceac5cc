/**
 * What lies on the map, each layer on or off, remembered on this device. A part that draws a layer joins here with a name
 * and a word; while it is off, `#map` carries the name in `data-off` and mapfiles.css hides it, and `shown` is told.
 */

import { byId, el, setText } from './dom.js';
import { kept, keep } from './kept.js';
import { MapPanel } from './maptools.js';
import { watch } from './state.js';
import { word } from './words.js';

/** @typedef {{name: string, key: string, shown?: (on: boolean) => void, warns?: boolean}} MapLayer */

/** @type {Map<string, MapLayer>} */
const layers = new Map();
/** @type {Set<string>} */
const off = new Set((kept('layers_off') ?? '').split(' ').filter(Boolean));
/** @type {MapPanel|null} */
let panel = null;

/**
 * Adds a row to the panel; `warns` says on the map that the layer is hidden, so that nothing looks empty that is not.
 * @param {MapLayer} layer
 */
export function joinLayer(layer) {
  layers.set(layer.name, layer);
  apply(layer);
  show();
}

/** On a page without the panel nothing is hidden that could not be brought back. */
export const showAllLayers = () => off.clear();

/** @param {string} name */
export const layerIsOn = (name) => !off.has(name);

/** @returns {string} names of the hidden layers that must be told of; '' where none is hidden */
export const hiddenText = () => [...layers.values()].filter(({ name, warns }) => warns && off.has(name)).map(({ key }) => word(key)).join(', ');

export function startLayers() {
  panel = new MapPanel({ id: 'layers', word: 'layers', icon: 'M10 3L18 7.500L10 12L2 7.500ZM2 12L10 16.500L18 12', letter: 'c' });
  byId('middle').append(el('p', { class: 'map-says', id: 'layers-hidden', role: 'status', hidden: true }));
  watch((_, changed) => changed.has('language') && show());
}

/** @param {MapLayer} layer */
function apply({ name, shown }) {
  byId('map').dataset.off = [...off].join(' ');
  shown?.(layerIsOn(name));
}

/**
 * @param {MapLayer} layer
 * @param {boolean} on
 */
function turn(layer, on) {
  if (on) off.delete(layer.name);
  else off.add(layer.name);
  keep('layers_off', [...off].join(' '));
  apply(layer);
  sayHidden();
}

function show() {
  if (!panel) return;
  const focused = document.activeElement?.id;
  panel.body.replaceChildren(...[...layers.values()].map(row));
  if (focused?.startsWith('layer-')) document.getElementById(focused)?.focus();
  sayHidden();
}

/** @param {MapLayer} layer */
function row(layer) {
  const box = el('input', { type: 'checkbox', id: `layer-${layer.name}` });
  box.checked = layerIsOn(layer.name);
  box.addEventListener('change', () => turn(layer, box.checked));
  return el('label', { class: 'layer-row' }, box, el('span', {}, word(layer.key)));
}

function sayHidden() {
  const plate = byId('layers-hidden');
  const names = hiddenText();
  plate.hidden = !names;
  setText(plate, names ? word('layers_hidden', { names }) : '');
}
