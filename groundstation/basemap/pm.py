"""PMTiles, version 3 (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md), over its maintained reader."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from groundstation.basemap.facts import MOST_TILE_BYTES, MapFileError, TileFacts, checked_facts, plain_attribution

_HEADER_BYTES: Final = 127
_MOST_DIRECTORY_BYTES: Final = 512 * 1024
_DIRECTORY_DEPTH: Final = 4
_DIRECTORIES_KEPT: Final = 32
_KINDS: Final = {TileType.MVT: "mvt", TileType.PNG: "png", TileType.JPEG: "jpg", TileType.WEBP: "webp"}
_COPY: Final = "copy it again"


class PmTiles:
    """A PMTiles file; it is opened for each read, so a station keeps none open.

    Raises:
        MapFileError: it is none, is cut off, or holds what no browser draws.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._header = _header(path)
        self._directory = lru_cache(maxsize=_DIRECTORIES_KEPT)(self._read_directory)
        self._directory(self._header["root_offset"], self._header["root_length"])
        self.facts = checked_facts(path, self._facts())

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile, None where there is none.

        Raises:
            MapFileError: the file is damaged there.
        """
        entry = self._entry(zxy_to_tileid(zoom, column, row))
        if entry is None:
            return None
        if entry.length > MOST_TILE_BYTES:
            raise MapFileError(self._path, "damaged", f"a tile of {entry.length} bytes; {_COPY}")
        return _part(self._path, self._header["tile_data_offset"] + entry.offset, entry.length)

    def _entry(self, tile_id: int) -> Entry | None:
        offset, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(_DIRECTORY_DEPTH):
            entry = find_tile(self._directory(offset, length), tile_id)
            if entry is None or entry.run_length > 0:
                return entry
            offset, length = self._header["leaf_directory_offset"] + entry.offset, entry.length
        raise MapFileError(self._path, "damaged", f"its directories lead in a circle; {_COPY}")

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        if length > _MOST_DIRECTORY_BYTES:
            raise MapFileError(self._path, "damaged", f"a directory of {length} bytes; {_COPY}")
        try:
            return deserialize_directory(_part(self._path, offset, length))
        except (OSError, EOFError, zlib.error) as error:
            raise MapFileError(self._path, "damaged", f"a directory cannot be read ({error}); {_COPY}") from error

    def _facts(self) -> TileFacts:
        head = self._header
        west, south, east, north = (
            degrees / 1e7
            for degrees in (head["min_lon_e7"], head["min_lat_e7"], head["max_lon_e7"], head["max_lat_e7"])
        )
        return TileFacts(
            kind=_KINDS[head["tile_type"]], min_zoom=head["min_zoom"], max_zoom=head["max_zoom"],
            bounds=(west, south, east, north), attribution=self._attribution(),
        )  # fmt: skip

    def _attribution(self) -> str:
        text = _part(self._path, self._header["metadata_offset"], self._header["metadata_length"])
        try:
            metadata = json.loads(gzip.decompress(text))
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise MapFileError(self._path, "damaged", f"its metadata cannot be read ({error}); {_COPY}") from error
        return plain_attribution(metadata.get("attribution") if isinstance(metadata, dict) else None)


def _header(path: Path) -> HeaderDict:
    """Return the header of a file that is whole and that a browser can draw."""
    size = _size(path)
    try:
        head = deserialize_header(_part(path, 0, min(size, _HEADER_BYTES)))
    except SpecVersionUnsupported as error:
        raise MapFileError(path, "version", "is no PMTiles of version 3; convert it (`pmtiles convert`)") from error
    except (MagicNumberNotFound, ValueError, IndexError) as error:
        raise MapFileError(path, "wrong", "is no PMTiles; give a .pmtiles file of version 3") from error
    _refuse_undrawable(path, head)
    _refuse_cut_off(path, head, size)
    return head


def _size(path: Path) -> int:
    """Return the length of a file that can be read."""
    try:
        with path.open("rb") as source:
            size = source.seek(0, os.SEEK_END)
    except FileNotFoundError as error:
        raise MapFileError(path, "missing", "is not there; check basemap in [map]") from error
    except OSError as error:
        raise MapFileError(path, "unreadable", f"cannot be read ({error.strerror}); mend rights") from error
    if size == 0:
        raise MapFileError(path, "empty", f"is empty; {_COPY}")
    return size


def _refuse_undrawable(path: Path, head: HeaderDict) -> None:
    kind, packed = head["tile_type"], head["tile_compression"]
    if kind not in _KINDS:
        raise MapFileError(
            path, "kind", f"holds tiles of kind {kind.name}; give PNG, JPEG, WebP or MVT (Mapbox vector tiles)"
        )
    taken = (Compression.NONE, Compression.UNKNOWN, Compression.GZIP)
    if head["internal_compression"] is not Compression.GZIP or packed not in taken:
        raise MapFileError(path, "packed", "is not packed with gzip; write it again with gzip")


def _refuse_cut_off(path: Path, head: HeaderDict, size: int) -> None:
    ends = (
        head["root_offset"] + head["root_length"],
        head["metadata_offset"] + head["metadata_length"],
        head["leaf_directory_offset"] + head["leaf_directory_length"],
        head["tile_data_offset"] + head["tile_data_length"],
    )
    if size < max(ends):
        raise MapFileError(path, "cut_off", f"is cut off: {size} bytes of {max(ends)}; {_COPY}")


def _part(path: Path, offset: int, length: int) -> bytes:
    with path.open("rb") as source:
        source.seek(offset)
        data = source.read(length)
    if len(data) < length:
        raise MapFileError(path, "cut_off", f"is cut off at byte {offset + len(data)}; {_COPY}")
    return data
