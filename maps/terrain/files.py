"""Height models from files of the operator: GeoTIFF and SRTM, told apart by their content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flightlink.pose import HeightDatum
from maps.errors import TerrainError
from maps.terrain.crop import Cut, grid_from_posts
from maps.terrain.grid import TerrainGrid
from maps.terrain.hgt import DATUM, hgt_posts, is_hgt

_TIFF_MARKS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
REACH_M: Final = 10_000.0
"""About a place; fine models are cut nearer (`MOST_POSTS_ASKED`)."""
SNAP_DEG: Final = 0.005
"""Models are cut about places so far apart, half a kilometre: neighbouring questions share one."""
MOST_POSTS_ASKED: Final = 2048 * 2048
"""For single questions: a kilometre about the place at a posting of a metre, cut out in half a second."""
MOST_KEPT: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class TerrainFile:
    """The part of a file about a place."""

    grid: TerrainGrid
    is_datum_stated: bool
    """By the file or the operator. If not, heights above mean sea level are assumed, and that must be said."""


def terrain_from_file(path: Path, cut: Cut) -> TerrainFile:
    """Return the height model about a place.

    Raises:
        TerrainError: one line: the file is missing, none that is read, damaged, or does not cover the place.
    """
    size = closed_size(path)
    if is_tiff(path):
        return _from_tiff(path, cut)
    if not is_hgt(path, size):
        raise TerrainError(f"{path}: is no height model that is read; give a GeoTIFF, or an SRTM tile (N48E002.hgt)")
    return TerrainFile(grid_from_posts(hgt_posts(path), cut, name=path.name, datum=DATUM), is_datum_stated=True)


def _from_tiff(path: Path, cut: Cut) -> TerrainFile:
    from maps.terrain.raster import raster_posts  # noqa: PLC0415 - a station without a GeoTIFF never has GDAL in memory

    with raster_posts(path) as (posts, stated):
        grid = grid_from_posts(posts, cut, name=path.name, datum=stated or HeightDatum.AMSL)
    return TerrainFile(grid, is_datum_stated=(cut.datum or stated) is not None)


class TerrainFiles:
    """Height models by the name of their file, about the places that were asked for; keeps the last few."""

    def __init__(self, *, datum: HeightDatum | None = None, sigma_m: float | None = None) -> None:
        """Set what the operator says of all of them (as in `Cut`)."""
        self._datum = datum
        self._sigma_m = sigma_m
        self._kept: dict[tuple[str, int, float, float], TerrainFile] = {}

    def about(self, path: Path, *, lat_deg: float, lon_deg: float) -> TerrainFile:
        """Return the model of a file about a place; the part that is cut out does not depend on what was asked before.

        Raises:
            TerrainError: as `terrain_from_file`.
        """
        place = (round(lat_deg / SNAP_DEG) * SNAP_DEG, round(lon_deg / SNAP_DEG) * SNAP_DEG)
        closed_size(path)
        key = (str(path), path.stat().st_mtime_ns, *place)
        if key not in self._kept:
            cut = Cut(
                lat_deg=place[0], lon_deg=place[1], reach_m=REACH_M, datum=self._datum, sigma_m=self._sigma_m,
                most_posts=MOST_POSTS_ASKED,
            )  # fmt: skip
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = terrain_from_file(path, cut)
        return self._kept[key]


def closed_size(path: Path) -> int:
    """Return the size of a closed local file.

    Raises:
        TerrainError: it is missing, empty, not readable, a folder, a device or an address.
    """
    try:
        size = path.stat().st_size if path.is_file() else None
        if size:
            path.open("rb").close()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise TerrainError(f"{str(path)[-200:]}: cannot be read ({why}); check the path and its rights") from error
    if size is None:
        raise TerrainError(f"{path}: is no file on this machine; give a closed local file")
    if not size:
        raise TerrainError(f"{path}: is empty; copy it again")
    return size


def is_tiff(path: Path) -> bool:
    """Say whether a file begins as a TIFF."""
    with path.open("rb") as source:
        return source.read(4) in _TIFF_MARKS
