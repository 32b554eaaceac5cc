"""SRTM tiles (`.hgt`, also zipped): big-endian int16, row by row from the north, posts on the corners of the tile."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import HeightDatum
from maps.errors import TerrainError

FloatArray = NDArray[np.float64]

DATUM: Final = HeightDatum.EGM96
"""Of every tile of the Shuttle Radar Topography Mission."""
SIZES: Final = {2 * posts * posts: posts for posts in (1201, 3601)}
"""Bytes of a tile -> posts along a side: three arc seconds, and one."""
_VOID: Final = -32768
_NAME: Final = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class HgtPosts:
    """One tile of a degree by a degree."""

    south_deg: int
    west_deg: int
    posts: NDArray[np.int16]
    """(posts, posts), north row first; neighbouring tiles share their edges."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.posts.shape[0], self.posts.shape[1]

    def posts_from_geodetic(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return column and row of places."""
        per_deg = len(self.posts) - 1
        east_deg = (lon_deg - self.west_deg - 0.5 + 180.0) % 360.0 - 180.0 + 0.5
        return east_deg * per_deg, (self.south_deg + 1 - lat_deg) * per_deg

    def heights_m(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return heights, NaN where posts are empty."""
        part = self.posts[rows, columns]
        return np.where(part == _VOID, np.nan, part).astype(np.float32)


def is_hgt(path: Path, size: int) -> bool:
    """Say whether a file is a tile by its name and size, or a zipped one by its name."""
    return path.suffix.lower() == ".zip" or (path.suffix.lower() == ".hgt" and size in SIZES)


def hgt_posts(path: Path) -> HgtPosts:
    """Return a tile.

    Raises:
        TerrainError: it is none, or its name does not tell where it lies.
    """
    name, data = _unzipped(path) if path.suffix.lower() == ".zip" else (path.name, path.read_bytes())
    place = _NAME.search(Path(name).stem)
    if place is None:
        raise TerrainError(f"{path}: its name does not tell its corner; name it as N48E002.hgt")
    if len(data) not in SIZES:
        raise TerrainError(f"{path}: has {len(data)} bytes, an SRTM tile has one of {sorted(SIZES)}; copy it again")
    north, lat, east, lon = place.groups()
    side = SIZES[len(data)]
    return HgtPosts(
        int(lat) if north in "Nn" else -int(lat),
        int(lon) if east in "Ee" else -int(lon),
        np.frombuffer(data, ">i2").reshape(side, side).astype(np.int16),
    )


def _unzipped(path: Path) -> tuple[str, bytes]:
    """Return name and bytes of the one tile in an archive, never more than a tile may hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = _only_tile(archive)
    except _UNREADABLE as error:
        raise TerrainError(f"{path}: cannot be unpacked ({error}); copy it again") from error
    if found is None:
        raise TerrainError(f"{path}: holds no SRTM tile, or several; give an archive with one .hgt")
    return found


def _only_tile(archive: zipfile.ZipFile) -> tuple[str, bytes] | None:
    tiles = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".hgt")]
    if len(tiles) != 1 or tiles[0].file_size not in SIZES or tiles[0].compress_type not in _PACKED:
        return None
    with archive.open(tiles[0]) as tile:
        return tiles[0].filename, tile.read(max(SIZES) + 1)


_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE: Final = (
    OSError,  # not to be read at all
    zipfile.BadZipFile,  # no archive, or a checksum that differs
    EOFError,  # cut
    RuntimeError,  # locked by a password, or of a later version than Python knows
    ValueError,  # a name that is no text, a place before the beginning
    zlib.error,  # damaged inside
)
