/**
 * Reads Mapbox vector tiles, version 2: geometry and the text values of
 * features, no more. What does not fit raises a RangeError; nothing is guessed.
 */

const POINT_TO_POLYGON = ['', 'point', 'line', 'polygon'];
const MOVE = 1;
const LINE = 2;
const CLOSE = 7;
const MOST_FEATURES = 100_000;

/**
 * @typedef {object} Shape
 * @property {'point'|'line'|'polygon'} type
 * @property {Record<string, string>} tags text values only
 * @property {[number, number][][]} parts rings or lines, in units of the tile: 0 to 1 across it
 */

/** @typedef {{name: string, shapes: Shape[]}} TileLayer */

/** A cursor over protocol buffers. */
class Wire {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this._bytes = bytes;
    this._at = 0;
  }

  get more() {
    return this._at < this._bytes.length;
  }

  number() {
    let [value, unit] = [0, 1];
    for (let read = 0; read < 10; read += 1) {
      const byte = this._bytes[this._at];
      if (byte === undefined) break;
      this._at += 1;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 128;
    }
    throw new RangeError('a number of the tile does not end');
  }

  block() {
    const length = this.number();
    const block = this._bytes.subarray(this._at, this._at + length);
    if (block.length !== length) throw new RangeError('the tile is cut off');
    this._at += length;
    return block;
  }

  /** @param {number} kind of the field, passed over */
  skip(kind) {
    if (kind === 0) this.number();
    else if (kind === 1) this._at += 8;
    else if (kind === 2) this.block();
    else if (kind === 5) this._at += 4;
    else throw new RangeError('the tile has a field of no known kind');
  }

  /** @param {(field: number, kind: number) => boolean} take returns whether it read the field */
  each(take) {
    while (this.more) {
      const tag = this.number();
      if (!take(Math.floor(tag / 8), tag % 8)) this.skip(tag % 8);
    }
  }
}

const texts = new TextDecoder();

/**
 * @param {Uint8Array} bytes unpacked
 * @returns {TileLayer[]}
 * @throws {RangeError} it is no vector tile
 */
export function layersOf(bytes) {
  const wire = new Wire(bytes);
  const found = [];
  wire.each((field, kind) => {
    if (field !== 3 || kind !== 2) return false;
    found.push(layerOf(wire.block()));
    return true;
  });
  return found;
}

/** @param {Uint8Array} bytes @returns {TileLayer} */
function layerOf(bytes) {
  const wire = new Wire(bytes);
  const [features, keys, values] = [[], [], []];
  let [name, extent] = ['', 4096];
  wire.each((field, kind) => {
    if (field === 5 && kind === 0) extent = wire.number();
    else if (kind !== 2) return false;
    else if (field === 1) name = texts.decode(wire.block());
    else if (field === 2) features.push(wire.block());
    else if (field === 3) keys.push(texts.decode(wire.block()));
    else if (field === 4) values.push(textValue(wire.block()));
    else return false;
    return true;
  });
  if (features.length > MOST_FEATURES || !extent) throw new RangeError('the tile has too many features, or no extent');
  return { name, shapes: features.map((one) => shapeOf(one, keys, values, extent)) };
}

/** @param {Uint8Array} bytes @returns {string|null} null where the value is no text */
function textValue(bytes) {
  const wire = new Wire(bytes);
  let text = null;
  wire.each((field, kind) => {
    if (field !== 1 || kind !== 2) return false;
    text = texts.decode(wire.block());
    return true;
  });
  return text;
}

/**
 * @param {Uint8Array} bytes
 * @param {string[]} keys
 * @param {(string|null)[]} values
 * @param {number} extent
 * @returns {Shape}
 */
function shapeOf(bytes, keys, values, extent) {
  const wire = new Wire(bytes);
  let [type, tags, parts] = ['', {}, []];
  wire.each((field, kind) => {
    if (field === 3 && kind === 0) type = POINT_TO_POLYGON[wire.number()] ?? '';
    else if (field === 2 && kind === 2) tags = tagsOf(numbers(wire.block()), keys, values);
    else if (field === 4 && kind === 2) parts = partsOf(numbers(wire.block()), extent);
    else return false;
    return true;
  });
  return { type, tags, parts };
}

/** @param {Uint8Array} bytes */
function numbers(bytes) {
  const wire = new Wire(bytes);
  const list = [];
  while (wire.more) list.push(wire.number());
  return list;
}

function tagsOf(pairs, keys, values) {
  const tags = {};
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const value = values[pairs[at + 1]];
    if (typeof value === 'string') tags[keys[pairs[at]]] = value;
  }
  return tags;
}

const zigzag = (value) => (value % 2 ? -(value + 1) / 2 : value / 2);

/** Commands of 4.3 of the specification. @returns {[number, number][][]} */
function partsOf(commands, extent) {
  const parts = [];
  let [x, y, at] = [0, 0, 0];
  while (at < commands.length) {
    const [command, count] = [commands[at] % 8, Math.floor(commands[at] / 8)];
    at += 1;
    if (command === CLOSE) continue;
    if (command !== MOVE && command !== LINE) throw new RangeError('the tile draws with no known command');
    if (at + 2 * count > commands.length) throw new RangeError('the tile is cut off');
    for (let step = 0; step < count; step += 1, at += 2) {
      x += zigzag(commands[at]);
      y += zigzag(commands[at + 1]);
      if (command === MOVE) parts.push([]);
      if (!parts.length) throw new RangeError('the tile draws before it begins');
      parts.at(-1).push([x / extent, y / extent]);
    }
  }
  return parts;
}
