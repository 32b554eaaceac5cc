"""A site plan as a georeferenced picture, turned grey and laid north up (EPSG:3857)."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import rasterio.errors
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.io import MemoryFile
from rasterio.warp import Resampling, calculate_default_transform, reproject

from groundstation.basemap.facts import Bounds, MapFileError, PlanPicture

_WEB_MERCATOR: Final = "EPSG:3857"
_MOST_SIDE_PX: Final = 4096
_MOST_SOURCE_PX: Final = 100_000_000
_DRIVERS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "GTiff", ".tiff": "GTiff"}
_WORLD_FILES: Final = {".png": (".pgw", ".pngw"), ".jpg": (".jgw", ".jpgw"), ".jpeg": (".jgw", ".jpegw")}
_OPTIONS: Final[dict[str, Any]] = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": False}
_WEIGHTS: Final = (0.299, 0.587, 0.114)
"""Of red, green and blue in a grey (ITU-R BT.601)."""


def plan_picture(path: Path, epsg: int | None) -> PlanPicture:
    """Return a georeferenced picture, turned grey and warped to EPSG:3857.

    Args:
        path: PNG or JPEG with a world file beside it, or GeoTIFF.
        epsg: of the world file; a GeoTIFF says its own.

    Raises:
        MapFileError: it cannot be read, or does not tell where it lies.
    """
    if not path.is_file():
        raise MapFileError(path, "missing", "is not there; check site_plan in [map]")
    try:
        with rasterio.Env(**_OPTIONS), warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)  # rasterio's own use of affine
            with rasterio.open(path, driver=_DRIVERS[path.suffix.lower()]) as raster:
                crs, transform = _place(raster, path, epsg)
                return _warped(_grey_and_alpha(raster, path), crs, transform, path)
    except rasterio.errors.RasterioError as error:
        raise MapFileError(path, "damaged", f"cannot be read as a picture ({error}); copy it again") from error


def _place(raster: Any, path: Path, epsg: int | None) -> tuple[Any, Any]:
    names = _WORLD_FILES.get(path.suffix.lower())
    if names is None:
        if raster.crs is None or raster.transform.is_identity or raster.transform.is_degenerate:
            raise MapFileError(path, "no_place", "does not tell where it lies; write its place into the GeoTIFF")
        return raster.crs, raster.transform
    if epsg is None:
        raise MapFileError(path, "no_place", "has no coordinate system; add site_plan_epsg = 4326 or 3857 to [map]")
    return f"EPSG:{epsg}", _world_file(path, (*names, ".wld"))


def _world_file(path: Path, suffixes: tuple[str, ...]) -> Any:
    """Return what leads from pixels to places; the file holds A, D, B, E and the middle C, F of the first pixel."""
    beside = next((one for one in map(path.with_suffix, suffixes) if one.is_file()), None)
    if beside is None:
        raise MapFileError(path, "no_place", f"has no world file beside it ({', '.join(suffixes)}); add one")
    try:
        a, d, b, e, c, f = (float(line) for line in beside.read_text(encoding="ascii").split())
    except (OSError, ValueError) as error:
        raise MapFileError(beside, "no_place", "is no world file of six numbers; export it again") from error
    if not all(map(math.isfinite, (a, b, c, d, e, f))) or a * e == b * d:
        raise MapFileError(beside, "no_place", "lays the picture on a line; export it again")
    return rasterio.Affine(a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)


def _grey_and_alpha(raster: Any, path: Path) -> NDArray[np.uint8]:
    if raster.width * raster.height > _MOST_SOURCE_PX:
        raise MapFileError(path, "too_large", "has more than 100 megapixels; make it smaller")
    if any(kind != "uint8" for kind in raster.dtypes):
        raise MapFileError(path, "wrong", f"has pixels of {raster.dtypes[0]}; give a picture of 8 bits a colour")
    bands = _through_its_palette(raster) if raster.colorinterp[0].name == "palette" else raster.read()
    grey = bands[0] if len(bands) < 3 else np.tensordot(_WEIGHTS, bands[:3], axes=1).round().astype(np.uint8)
    return np.stack([grey, raster.dataset_mask()])


def _through_its_palette(raster: Any) -> NDArray[np.uint8]:
    colours = np.zeros((256, 3), np.uint8)
    for index, colour in raster.colormap(1).items():
        colours[index] = colour[:3]
    return np.asarray(colours[raster.read(1)].transpose(2, 0, 1))


def _warped(picture: NDArray[np.uint8], crs: Any, transform: Any, path: Path) -> PlanPicture:
    _, rows, columns = picture.shape
    corners = [transform @ corner for corner in ((0, 0), (columns, 0), (0, rows), (columns, rows))]
    (lefts, tops) = zip(*corners, strict=True)
    there, width, height = calculate_default_transform(
        crs, _WEB_MERCATOR, columns, rows, left=min(lefts), bottom=min(tops), right=max(lefts), top=max(tops)
    )
    shrink = max(1.0, max(width, height) / _MOST_SIDE_PX)
    there, width, height = there @ rasterio.Affine.scale(shrink), math.ceil(width / shrink), math.ceil(height / shrink)
    target = np.zeros((2, height, width), np.uint8)
    reproject(
        picture, target, src_transform=transform, src_crs=crs, dst_transform=there, dst_crs=_WEB_MERCATOR,
        resampling=Resampling.bilinear,
    )  # fmt: skip
    return PlanPicture(png=_png(target), bounds=_bounds(there, width, height, path))


def _bounds(there: Any, width: int, height: int, path: Path) -> Bounds:
    to_degrees = Transformer.from_crs(3857, 4326, always_xy=True)
    west, north = to_degrees.transform(*(there @ (0, 0)))
    east, south = to_degrees.transform(*(there @ (width, height)))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise MapFileError(path, "no_place", "does not lie on Earth; check its coordinate system")
    return float(west), float(south), float(east), float(north)


def _png(picture: NDArray[np.uint8]) -> bytes:
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        _, rows, columns = picture.shape
        with memory.open(driver="PNG", width=columns, height=rows, count=2, dtype="uint8") as sink:
            sink.write(picture)
        return bytes(memory.read())
