/** Where the plates of vehicles stand, so that none lies over another vehicle or plate. Screen pixels. */

const DISC_PX = 20;
const HEIGHT_PX = 22;
const GAP_PX = 2;

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */
/** @typedef {'right'|'left'|'below'|'above'} Side in the order they are tried */

/** @type {Record<Side, (x: number, y: number, width: number) => Box>} */
const BOXES = {
  right: (x, y, width) => box(x + DISC_PX, y - HEIGHT_PX / 2, width),
  left: (x, y, width) => box(x - DISC_PX - width, y - HEIGHT_PX / 2, width),
  below: (x, y, width) => box(x - width / 2, y + DISC_PX, width),
  above: (x, y, width) => box(x - width / 2, y - DISC_PX - HEIGHT_PX, width),
};

/** @returns {Box} */
const box = (left, top, width) => ({ left, right: left + width, top, bottom: top + HEIGHT_PX });

/**
 * @param {{x: number, y: number, width: number}[]} craft centre of each disc and width of its plate
 * @param {Box} view
 * @returns {Side[]} the first side that is free and in view; right where none is
 */
export function plateSides(craft, view) {
  const taken = craft.map(({ x, y }) => ({ left: x - DISC_PX, right: x + DISC_PX, top: y - DISC_PX, bottom: y + DISC_PX }));
  return craft.map(({ x, y, width }, index) => {
    const others = taken.filter((_, other) => other !== index);
    const free = (plate) => within(plate, view) && !others.some((other) => meet(plate, other));
    const side = Object.keys(BOXES).find((name) => free(BOXES[name](x, y, width))) ?? 'right';
    taken.push(BOXES[side](x, y, width));
    return side;
  });
}

/**
 * @param {Box} plate
 * @param {Box} view
 */
const within = (plate, view) => plate.left >= view.left && plate.right <= view.right && plate.top >= view.top && plate.bottom <= view.bottom;

/**
 * @param {Box} a
 * @param {Box} b
 */
const meet = (a, b) =>
  a.left < b.right + GAP_PX && b.left < a.right + GAP_PX && a.top < b.bottom + GAP_PX && b.top < a.bottom + GAP_PX;
