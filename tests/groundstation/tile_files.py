"""Small base maps and plans of our own making, for tests: PMTiles by the format's own writer, MBTiles by SQLite."""

from __future__ import annotations

import gzip
import io
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

Tiles = dict[tuple[int, int, int], bytes]
MIDDLE = (2.3375, 48.8565)
untyped: Any = Writer
"""The writer has no types."""
_WRITTEN = {"png": TileType.PNG, "webp": TileType.WEBP, "jpg": TileType.JPEG, "mvt": TileType.MVT}


def tile_at(zoom: int, lon_deg: float, lat_deg: float) -> tuple[int, int, int]:
    """Web Mercator's tile of a place (https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames)."""
    count = 1 << zoom
    y = (1 - math.asinh(math.tan(math.radians(lat_deg))) / math.pi) / 2
    return zoom, int((lon_deg + 180) / 360 * count), int(y * count)


def plain_tile(colour: tuple[int, int, int] = (200, 30, 30), kind: str = "PNG") -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(sink, kind)
    return sink.getvalue()


def pmtiles(path: Path, tiles: Tiles, *, kind: str = "png", attribution: str = "Made for a test") -> Path:
    with path.open("wb") as sink:
        writer = untyped(sink)
        for place, data in sorted(tiles.items(), key=lambda item: zxy_to_tileid(*item[0])):
            writer.write_tile(zxy_to_tileid(*place), data)
        zooms = [zoom for zoom, _, _ in tiles]
        header: dict[str, Any] = {
            "tile_type": _WRITTEN[kind], "tile_compression": Compression.GZIP if kind == "mvt" else Compression.NONE,
            "min_zoom": min(zooms), "max_zoom": max(zooms), "min_lon_e7": -1800000000, "max_lon_e7": 1800000000,
            "min_lat_e7": -850000000, "max_lat_e7": 850000000,
        }  # fmt: skip
        writer.finalize(header, {"attribution": attribution})
    return path


def mbtiles(path: Path, tiles: Tiles, **said: str) -> Path:
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        base.execute("CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)")
        base.executemany("INSERT INTO metadata VALUES (?, ?)", {"format": "png", "name": "test", **said}.items())
        rows = [(zoom, x, (1 << zoom) - 1 - y, data) for (zoom, x, y), data in tiles.items()]
        base.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
        base.commit()
    return path


def vector_tile(layers: dict[str, list[tuple[str, list[list[tuple[int, int]]], str]]]) -> bytes:
    """A Mapbox vector tile, packed: layer name -> (`line` or `polygon`, parts in 4096 units, kind)."""
    return gzip.compress(b"".join(_field(3, _layer(name, features)) for name, features in layers.items()), mtime=0)


def _layer(name: str, features: list[tuple[str, list[list[tuple[int, int]]], str]]) -> bytes:
    kinds = sorted({kind for _, _, kind in features})
    body = _field(1, name.encode()) + _field(3, b"kind")
    body += b"".join(_field(2, _feature(shape, parts, kinds.index(kind))) for shape, parts, kind in features)
    body += b"".join(_field(4, _field(1, kind.encode())) for kind in kinds)
    return body + _varint(5 << 3) + _varint(4096) + _varint(15 << 3) + _varint(2)


def _feature(shape: str, parts: list[list[tuple[int, int]]], value: int) -> bytes:
    numbers: list[int] = []
    x, y = 0, 0
    for part in parts:
        for index, (to_x, to_y) in enumerate(part):
            numbers += {0: [9], 1: [((len(part) - 1) << 3) | 2]}.get(index, [])
            numbers += [_zigzag(to_x - x), _zigzag(to_y - y)]
            x, y = to_x, to_y
        numbers += [15] if shape == "polygon" else []
    tags, geometry = (b"".join(map(_varint, some)) for some in ([0, value], numbers))
    return _field(2, tags) + _varint(3 << 3) + _varint({"line": 2, "polygon": 3}[shape]) + _field(4, geometry)


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _field(number: int, data: bytes) -> bytes:
    return _varint((number << 3) | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
