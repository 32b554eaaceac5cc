/** Vehicles with their plates, the footprints of their cameras, the authorised area and the veil outside it. */

import { svg, el, setText } from './dom.js';
import { duration, percent, unit } from './figures.js';
import { opened } from './geometry.js';
import { plateSides } from './plates.js';
import { cause, word } from './words.js';

const L = globalThis.L;

/** Half a turn and more than the poles: everything that is not the area. */
const WORLD = [[-89, -360], [-89, 360], [89, 360], [89, -360]];

/** @typedef {{type: 'Feature', properties: Record<string, any>, geometry: {type: string, coordinates: any}}} Feature */

/**
 * @param {object|null} collection
 * @param {string} kind
 * @returns {Feature[]}
 */
export const featuresOf = (collection, kind) =>
  (collection?.features ?? []).filter(({ properties, geometry }) => properties.kind === kind && geometry !== null);

/**
 * @param {{vehicles: object|null, health: object|null}} state
 * @returns {import('./geometry.js').Point[][]} outer rings of the authorised areas, [lon, lat]; empty while unknown
 */
export function areasOf({ vehicles, health }) {
  const geometries = featuresOf(vehicles, 'area').map(({ geometry }) => geometry);
  const known = geometries.length ? geometries : [health?.mission?.area].filter(Boolean);
  return known.map(({ coordinates }) => opened(coordinates[0]));
}

/** @param {import('./geometry.js').Point[]} ring */
const latLngs = (ring) => ring.map(([lonDeg, latDeg]) => [latDeg, lonDeg]);

export class VehicleLayers {
  /** @param {L.Map} map */
  constructor(map) {
    this._map = map;
    this._renderer = L.svg({ pane: 'lines', padding: 0.3 });
    this._lines = L.layerGroup().addTo(map);
    /** @type {Map<string, {marker: L.Marker, icon: HTMLElement}>} */
    this._craft = new Map();
    /** @type {Feature[]} */
    this._shown = [];
    this._linesText = '';
    /** @type {number|null} system id of the vehicle whose footprint stands out */
    this.mine = null;
    map.on('zoomend moveend resize', () => this._placePlates());
  }

  /** @param {import('./state.js').State} state */
  show(state) {
    const collection = state.vehicles;
    this._showLines(areasOf(state), featuresOf(collection, 'footprint'));
    this._shown = featuresOf(collection, 'vehicle');
    const names = new Set(this._shown.map(({ properties }) => properties.name));
    for (const [name, { marker }] of this._craft) if (!names.has(name)) this._remove(name, marker);
    for (const feature of this._shown) this._showCraft(feature);
    this._placePlates();
  }

  /**
   * Draws them anew only when they changed.
   * @param {import('./geometry.js').Point[][]} areas
   * @param {Feature[]} footprints
   */
  _showLines(areas, footprints) {
    const text = JSON.stringify([this.mine, areas, footprints.map(({ geometry }) => geometry)]);
    if (text === this._linesText) return;
    this._linesText = text;
    this._lines.clearLayers();
    if (areas.length) this._polygon([WORLD, ...areas.map(latLngs)], 'veil');
    for (const { geometry, properties } of footprints) {
      const own = this.mine !== null && properties.system_id === this.mine;
      this._polygon([latLngs(opened(geometry.coordinates[0]))], own ? 'footprint own' : 'footprint');
    }
    for (const area of areas) for (const name of ['area-halo', 'area']) this._polygon([latLngs(area)], name);
  }

  /**
   * @param {number[][][]} rings
   * @param {string} className styled in map.css
   */
  _polygon(rings, className) {
    this._lines.addLayer(L.polygon(rings, { renderer: this._renderer, className, interactive: false, stroke: true, smoothFactor: 0.5 }));
  }

  /** @param {Feature} feature */
  _showCraft({ properties, geometry }) {
    const [lonDeg, latDeg] = geometry.coordinates;
    const known = this._craft.get(properties.name) ?? this._add(properties.name, [latDeg, lonDeg]);
    known.marker.setLatLng([latDeg, lonDeg]);
    dress(known.icon, properties);
  }

  /**
   * @param {string} name
   * @param {[number, number]} latLng
   */
  _add(name, latLng) {
    const icon = craftIcon();
    const divIcon = L.divIcon({ html: icon, className: 'craft-anchor', iconSize: [0, 0] });
    const marker = L.marker(latLng, { icon: divIcon, pane: 'craft', keyboard: false, interactive: false }).addTo(this._map);
    const added = { marker, icon };
    this._craft.set(name, added);
    return added;
  }

  /**
   * @param {string} name
   * @param {L.Marker} marker
   */
  _remove(name, marker) {
    marker.remove();
    this._craft.delete(name);
  }

  _view() {
    const { x: left, y: top } = this._map.containerPointToLayerPoint([0, 0]);
    const { x: width, y: height } = this._map.getSize();
    return { left, top, right: left + width, bottom: top + height };
  }

  _placePlates() {
    const craft = this._shown.map(({ properties }) => this._craft.get(properties.name));
    const boxes = craft.map(({ marker, icon }) => {
      const { x, y } = this._map.latLngToLayerPoint(marker.getLatLng());
      return { x, y, width: icon.querySelector('.plate').offsetWidth };
    });
    plateSides(boxes, this._view()).forEach((side, index) => (craft[index].icon.dataset.side = side));
  }
}

/** @returns {HTMLElement} a disc with an arrow, a ring for a stale pose, and a plate */
function craftIcon() {
  const ring = svg('circle', { class: 'craft-ring', r: 19 });
  const disc = svg('circle', { class: 'craft-disc', r: 15 });
  const arrow = svg('path', { class: 'craft-arrow', d: 'M0-11L7 7L0 3L-7 7Z' });
  const picture = svg('svg', { class: 'craft-picture', viewBox: '-22 -22 44 44', 'aria-hidden': 'true' }, ring, disc, arrow);
  const plate = el('div', { class: 'plate' }, el('b', {}), el('span', {}));
  return el('div', { class: 'craft', role: 'img' }, picture, plate);
}

/**
 * @param {HTMLElement} icon
 * @param {Record<string, any>} properties
 */
function dress(icon, properties) {
  const yawDeg = properties.yaw_deg;
  const arrow = icon.querySelector('.craft-arrow');
  arrow.setAttribute('transform', `rotate(${yawDeg ?? 0})`);
  arrow.classList.toggle('unknown', yawDeg == null);
  icon.classList.toggle('stale', isStale(properties));
  setText(icon.querySelector('b'), properties.name);
  setText(icon.querySelector('span'), plateText(properties));
  icon.setAttribute('aria-label', spoken(properties));
}

/** @param {Record<string, any>} properties */
export const isStale = ({ link, refusal }) => Boolean(refusal) || (link !== undefined && link !== 'connected');

/** @param {Record<string, any>} properties */
function plateText(properties) {
  if (properties.link === 'connected' && properties.refusal) return cause(properties.refusal);
  if (isStale(properties)) return properties.age_s == null ? word('no_pose') : word('pose_age', { age: duration(properties.age_s) });
  const height = properties.alt_home_m == null ? [] : [unit(properties.alt_home_m, 'm')];
  const battery = properties.battery_percent == null ? [] : [percent(properties.battery_percent / 100)];
  return [...height, ...battery].join(', ');
}

/** @param {Record<string, any>} properties */
function spoken(properties) {
  const height = properties.alt_home_m == null ? [] : [word('height', { height: unit(properties.alt_home_m, 'm') })];
  const battery = properties.battery_percent == null ? [] : [word('battery', { share: percent(properties.battery_percent / 100) })];
  const stale = isStale(properties) ? [plateText(properties)] : [];
  return [word('vehicle', { name: properties.name }), ...stale, ...height, ...battery].join(', ');
}
