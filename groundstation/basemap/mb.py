"""MBTiles 1.3 (https://github.com/mapbox/mbtiles-spec): SQLite, opened immutable: nothing is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from groundstation.basemap.facts import (
    MOST_TILE_BYTES,
    Bounds,
    MapFileError,
    TileFacts,
    checked_facts,
    plain_attribution,
)

_KINDS: Final = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp", "pbf": "mvt"}
_MAGIC: Final = b"SQLite format 3\0"
_PAGE_SIZE: Final = slice(16, 18)
_PAGE_COUNT: Final = slice(28, 32)
_LARGEST_PAGE: Final = 65536
_WORLD: Final = "-180,-85.0511,180,85.0511"
_ZOOMS: Final = "SELECT min(zoom_level), max(zoom_level) FROM tiles"
_TILE: Final = (
    "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ? AND length(tile_data) <= ?"
)


class MbTiles:
    """An MBTiles file; it is opened for each read, so a station keeps none open.

    Raises:
        MapFileError: it is none, is cut off, or holds what no browser draws.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _refuse_cut_off(path)
        with self._opened() as base:
            said = {str(name): value for name, value in base.execute("SELECT name, value FROM metadata")}
            zooms = base.execute(_ZOOMS).fetchone()
        self.facts = checked_facts(path, _facts(path, said, zooms))

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile, None where there is none; the file counts rows from the south.

        Raises:
            MapFileError: the file is damaged there.
        """
        with self._opened() as base:
            found = base.execute(_TILE, (zoom, column, (1 << zoom) - 1 - row, MOST_TILE_BYTES)).fetchone()
        return bytes(found[0]) if found is not None and isinstance(found[0], bytes) else None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"file:{quote(str(self._path))}?mode=ro&immutable=1", uri=True)) as base:
                yield base
        except sqlite3.Error as error:
            raise MapFileError(
                self._path, "damaged", f"is no MBTiles, or damaged ({error}); copy it again, or give another"
            ) from error


def _facts(path: Path, said: dict[str, object], zooms: tuple[int | None, int | None]) -> TileFacts:
    kind = _KINDS.get(str(said.get("format", "png")).lower())
    if kind is None:
        raise MapFileError(path, "kind", f"holds tiles of format {said['format']!s:.20}; give png, jpg, webp or pbf")
    if zooms[0] is None or zooms[1] is None:
        raise MapFileError(path, "empty", "holds no tile; export it again")
    return TileFacts(
        kind=kind, min_zoom=zooms[0], max_zoom=zooms[1], bounds=_bounds(path, str(said.get("bounds", _WORLD))),
        attribution=plain_attribution(said.get("attribution")),
    )  # fmt: skip


def _bounds(path: Path, text: str) -> Bounds:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise MapFileError(path, "wrong", f"its bounds {text[:60]!r} are no four numbers; export it again") from error
    return west, south, east, north


def _refuse_cut_off(path: Path) -> None:
    """Hold the length against what the header says; https://www.sqlite.org/fileformat.html, 1.3."""
    try:
        with path.open("rb") as source:
            head = source.read(100)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise MapFileError(path, "missing", "is not there; check basemap in [map]") from error
    except OSError as error:
        raise MapFileError(path, "unreadable", f"cannot be read ({error.strerror}); mend rights") from error
    if not size:
        raise MapFileError(path, "empty", "is empty; copy it again")
    if not head.startswith(_MAGIC) or len(head) < 100:
        raise MapFileError(path, "wrong", "is no MBTiles; give an .mbtiles file (SQLite)")
    page_bytes = int.from_bytes(head[_PAGE_SIZE], "big")
    needed = (_LARGEST_PAGE if page_bytes == 1 else page_bytes) * int.from_bytes(head[_PAGE_COUNT], "big")
    if size < needed:
        raise MapFileError(path, "cut_off", f"is cut off: {size} bytes of {needed}; copy it again")
