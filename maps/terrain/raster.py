"""GeoTIFF height models (cloud-optimised ones too), read by rasterio: closed local files, and no other driver.

GDAL gives places of the corners of cells, whether the file says its heights stand for cells (`AREA_OR_POINT=Area`) or
for points (`Point`: there it has moved the corner by half a posting itself). In both a post is the middle of a cell.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import rasterio.errors
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from rasterio.windows import Window

from flightlink.pose import HeightDatum
from maps.errors import TerrainError

FloatArray = NDArray[np.float64]

OPTIONS: Final[dict[str, Any]] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # no file beside it is opened
    "GDAL_PAM_ENABLED": False,
    "GTIFF_POINT_GEO_IGNORE": False,
    "GDAL_CACHEMAX": 64,
}
DATUM_OF_EPSG: Final = {5773: HeightDatum.EGM96, 5171: HeightDatum.EGM96, 3855: HeightDatum.EGM2008}
_METRES: Final = frozenset(("m", "metre", "metres", "meter", "meters"))


@dataclass(frozen=True, slots=True, eq=False)
class RasterPosts:
    """An open GeoTIFF."""

    raster: Any  # rasterio has no types
    crs_from_geodetic: Transformer
    middle_deg: float | None
    """Longitude in the middle of a file in degrees; None for a projected one."""
    name: str

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.raster.height), int(self.raster.width)

    def posts_from_geodetic(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return column and row of places; infinite where the file's projection has no answer."""
        x, y = self.crs_from_geodetic.transform(lon_deg, lat_deg)
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if self.middle_deg is not None:
            x = (x - self.middle_deg + 180.0) % 360.0 - 180.0 + self.middle_deg
        across = ~self.raster.transform
        return across.a * x + across.b * y + across.c - 0.5, across.d * x + across.e * y + across.f - 0.5

    def heights_m(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return heights, NaN where posts are empty.

        Raises:
            TerrainError: the file is damaged there.
        """
        window = Window.from_slices(rows, columns)
        try:
            part = self.raster.read(1, window=window, masked=True)
        except rasterio.errors.RasterioError as error:
            raise TerrainError(f"{self.name}: cannot be read ({error}); copy it again") from error
        with np.errstate(invalid="ignore"):  # damaged files hold numbers that are none
            heights = np.ma.filled(part.astype(np.float64), np.nan)
        return np.asarray(heights * self.raster.scales[0] + self.raster.offsets[0], np.float32)


@contextmanager
def raster_posts(path: Path) -> Iterator[tuple[RasterPosts, HeightDatum | None]]:
    """Open a GeoTIFF; yields its posts, and the datum of its heights where the file states one.

    Raises:
        TerrainError: it is no height model in metres, or does not tell where it lies.
    """
    with rasterio.Env(**OPTIONS):
        try:
            with warnings.catch_warnings():  # a file without a place is refused below, in one line
                warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
                raster = rasterio.open(path, driver="GTiff")
        except rasterio.errors.RasterioError as error:
            raise TerrainError(
                f"{path}: is no GeoTIFF, or is cut off ({error}); copy it again, or give another"
            ) from error
        with raster:
            level, datum = _level_crs(_checked(raster, path), path)
            there = _from_geodetic(level, path)
            middle = (raster.bounds.left + raster.bounds.right) / 2 if level.is_geographic else None
            yield RasterPosts(raster, there, middle, str(path)), datum


def _checked(raster: Any, path: Path) -> CRS:
    """Return the coordinate system of a file that can be a height model."""
    if raster.count != 1:
        raise TerrainError(f"{path}: has {raster.count} bands, a height model has one; it seems to be a picture")
    if np.issubdtype(raster.dtypes[0], np.complexfloating):
        raise TerrainError(f"{path}: holds complex numbers, a height model holds heights")
    if raster.crs is None or raster.transform.is_identity or raster.transform.is_degenerate:
        raise TerrainError(f"{path}: does not tell where it lies; write its coordinate system and corner into the file")
    if (raster.units[0] or "m").strip().lower() not in _METRES:
        raise TerrainError(f"{path}: its heights are in {raster.units[0]}; convert them to metres")
    try:
        return CRS.from_wkt(raster.crs.to_wkt(version="WKT2_2019"))
    except (CRSError, rasterio.errors.RasterioError) as error:
        raise TerrainError(f"{path}: its coordinate system is not known ({error}); convert it to UTM") from error


def _from_geodetic(level: CRS, path: Path) -> Transformer:
    """Return what leads from places to the file's own coordinates."""
    try:
        return Transformer.from_crs(4326, level, always_xy=True)
    except ProjError as error:
        raise TerrainError(f"{path}: its coordinate system is not tied to the Earth; convert it to UTM") from error


def _level_crs(crs: CRS, path: Path) -> tuple[CRS, HeightDatum | None]:
    """Return the system of places alone, and the datum of heights where the file states one."""
    try:
        if crs.is_compound:
            level, vertical = crs.sub_crs_list[0], crs.sub_crs_list[1]
            return level, _vertical_datum(vertical, path)
        return crs.to_2d(), HeightDatum.ELLIPSOID if len(crs.axis_info) > 2 else None
    except (CRSError, ProjError) as error:
        raise TerrainError(f"{path}: its coordinate system is not known ({error}); convert it to UTM") from error


def _vertical_datum(vertical: CRS, path: Path) -> HeightDatum:
    """Return the datum; a national height system is one above mean sea level."""
    if any(abs(axis.unit_conversion_factor - 1) > 1e-9 for axis in vertical.axis_info):
        raise TerrainError(f"{path}: its heights ({vertical.name}) are not in metres; convert them")
    if "ellips" in vertical.name.lower():
        return HeightDatum.ELLIPSOID
    return DATUM_OF_EPSG.get(vertical.to_epsg() or 0, HeightDatum.AMSL)
