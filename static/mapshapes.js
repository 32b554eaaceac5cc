/** Vector tiles in a few plain classes, whatever scheme named their layers: Protomaps, OpenMapTiles, Shortbread. */

/** @typedef {'land'|'green'|'water'|'road'|'building'} MapClass */
/**
 * @typedef {object} Group shapes of one class that lie near each other; as one path, for paths of many rings are slow
 * @property {MapClass} name
 * @property {number} widthM of a line; 0 fills
 * @property {Path2D} path in units of the tile
 * @property {number[]} box left, top, right, bottom
 */

const CLASS_OF_LAYER = {
  earth: 'land', land: 'land', water: 'water', ocean: 'water', water_polygons: 'water', waterway: 'waterway', water_lines: 'waterway',
  physical_line: 'waterway', landuse: 'landuse', landcover: 'landuse', natural: 'landuse', park: 'green', buildings: 'building', building: 'building',
  roads: 'road', transportation: 'road', streets: 'road',
};
const GREEN = /park|wood|forest|grass|garden|meadow|cemetery|pitch|scrub|orchard|farmland|nature|golf/;
/** Widths of roads, metres; the first that fits. */
const WIDTHS_M = [[/motorway|highway|trunk/, 16], [/major|primary/, 13], [/medium|secondary|tertiary/, 10], [/minor|residential|street|service|living|unclassified/, 7], [/rail|transit|ferry/, 0]];
const PATH_M = 2.5;
const WATERWAY_M = 6;
const SHAPES_IN_A_PATH = 12;

/**
 * @param {import('./mvt.js').TileLayer[]} layers
 * @returns {Group[]}
 */
export function groupsOf(layers) {
  const groups = [];
  for (const { name, shapes } of layers) {
    const open = new Map();
    for (const shape of shapes) {
      const look = lookOf(CLASS_OF_LAYER[name], shape);
      if (look) join(groups, open, look, shape);
    }
  }
  return groups;
}

/** @returns {{name: MapClass, widthM: number}|null} */
function lookOf(kind, { type, tags }) {
  if (kind === 'road') return type === 'line' ? road(tags) : null;
  if (kind === 'waterway') return type === 'line' ? { name: 'water', widthM: WATERWAY_M } : null;
  if (type !== 'polygon' || !kind) return null;
  if (kind !== 'landuse') return { name: kind, widthM: 0 };
  return GREEN.test(kindOf(tags)) ? { name: 'green', widthM: 0 } : null;
}

const kindOf = (tags) => tags['pmap:kind'] ?? tags.kind ?? tags.class ?? '';

function road(tags) {
  const widthM = WIDTHS_M.find(([kind]) => kind.test(kindOf(tags)))?.[1] ?? PATH_M;
  return widthM ? { name: 'road', widthM } : null;
}

function join(groups, open, look, { type, parts }) {
  const key = `${look.name} ${look.widthM}`;
  let group = open.get(key);
  if (!group || group.count >= SHAPES_IN_A_PATH) {
    group = { ...look, path: new Path2D(), box: [Infinity, Infinity, -Infinity, -Infinity], count: 0 };
    open.set(key, group);
    groups.push(group);
  }
  group.count += 1;
  for (const part of parts) trace(group, part, type === 'polygon');
}

function trace({ path, box }, part, closes) {
  part.forEach(([x, y], index) => {
    if (index) path.lineTo(x, y);
    else path.moveTo(x, y);
    [box[0], box[1], box[2], box[3]] = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
  });
  if (closes) path.closePath();
}
