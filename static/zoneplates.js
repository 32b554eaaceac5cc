/** Where the plates of zones stand: beside their zone, in view, and over no other plate, vehicle or tool. Screen pixels. */

const GAP_PX = 4;
/** Between a plate and its zone, where the line to it runs. */
const OFF_PX = 10;

/** @typedef {import('./plates.js').Box} Box */
/** @typedef {{id: string, zone: Box, width: number, height: number, before: {left: number, top: number}|null}} Wanted `before` is where it stood, as seen now */
/** @typedef {{id: string, left: number, top: number}} Place */

/**
 * @param {Wanted[]} wanted
 * @param {Box[]} taken
 * @param {Box} view
 * @returns {Place[]} none for a zone that is out of view
 */
export function zonePlaces(wanted, taken, view) {
  const all = [...taken];
  return wanted.filter(({ zone }) => shared(zone, view) > 0).map((one) => {
    const box = best(one, all, view);
    all.push(box);
    return { id: one.id, left: box.left, top: box.top };
  });
}

/**
 * The first place that is free; where none is, the one that covers least.
 * @param {Wanted} one
 * @param {Box[]} taken
 * @param {Box} view
 */
function best(one, taken, view) {
  let [least, found] = [Infinity, null];
  for (const box of candidates(one, view)) {
    const covered = taken.reduce((sum, other) => sum + shared(grown(box), other), 0) + outOf(box, view);
    if (covered < least) [least, found] = [covered, box];
    if (covered === 0) break;
  }
  return found;
}

/**
 * Where it stood comes first: a plate does not jump about.
 * @param {Wanted} one
 * @param {Box} view
 * @returns {Box[]}
 */
function candidates({ zone, width, height, before }, view) {
  const [left, right] = [zone.left - OFF_PX - width, zone.right + OFF_PX];
  const [above, below] = [zone.top - OFF_PX - height, zone.bottom + OFF_PX];
  const [midX, midY] = [(zone.left + zone.right - width) / 2, (zone.top + zone.bottom - height) / 2];
  const rows = [midY, zone.top, zone.bottom - height];
  const columns = [midX, zone.left, zone.right - width];
  const beside = [right, left].flatMap((x) => rows.map((y) => [x, y]));
  const over = [above, below].flatMap((y) => columns.map((x) => [x, y]));
  const inside = [zone.top + OFF_PX, zone.bottom - OFF_PX - height].flatMap((y) => [zone.left + OFF_PX, zone.right - OFF_PX - width].map((x) => [x, y]));
  const places = [...beside, ...over, ...inside].map(([x, y]) => boxAt(x, y, width, height));
  const held = [...places, ...places.map((box) => kept(box, view))];
  return before ? [boxAt(before.left, before.top, width, height), ...held] : held;
}

/** @returns {Box} */
const boxAt = (left, top, width, height) => ({ left, right: left + width, top, bottom: top + height });

/** Pushed into view. @param {Box} box @param {Box} view */
function kept({ left, right, top, bottom }, view) {
  const x = Math.max(view.left + GAP_PX, Math.min(left, view.right - GAP_PX - (right - left)));
  const y = Math.max(view.top + GAP_PX, Math.min(top, view.bottom - GAP_PX - (bottom - top)));
  return boxAt(x, y, right - left, bottom - top);
}

/** @param {Box} box */
const grown = ({ left, right, top, bottom }) => ({ left: left - GAP_PX, right: right + GAP_PX, top: top - GAP_PX, bottom: bottom + GAP_PX });

/** @param {Box} a @param {Box} b @returns {number} pixels that both cover */
const shared = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/** @param {Box} box @param {Box} view @returns {number} pixels of it that are not in view; what cannot be read is worse than what is covered */
const outOf = (box, view) => 4 * ((box.right - box.left) * (box.bottom - box.top) - shared(box, view));

/**
 * @param {Box} plate
 * @param {import('./geometry.js').Point[]} ring outline of the zone
 * @returns {import('./geometry.js').Point[]} the line from the plate to the nearest place of the outline; empty where the plate lies on it
 */
export function leader(plate, ring) {
  const middle = [(plate.left + plate.right) / 2, (plate.top + plate.bottom) / 2];
  const nearest = ring.map((a, index) => nearestOn(middle, a, ring[(index + 1) % ring.length]));
  const to = nearest.reduce((best_, point) => (apart(point, middle) < apart(best_, middle) ? point : best_));
  const from = [Math.max(plate.left, Math.min(to[0], plate.right)), Math.max(plate.top, Math.min(to[1], plate.bottom))];
  return apart(from, to) < 1 ? [] : [from, to];
}

const apart = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

/** @param {import('./geometry.js').Point} point @param {import('./geometry.js').Point} a @param {import('./geometry.js').Point} b */
function nearestOn([x, y], [ax, ay], [bx, by]) {
  const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
  const share = length2 ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2)) : 0;
  return [ax + share * (bx - ax), ay + share * (by - ay)];
}
