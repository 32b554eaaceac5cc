"""Small height files made by the tests."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio import Affine


def write_tiff(
    path: Path, heights: NDArray[Any], *, crs: str, west: float, north: float, step: float, **more: Any
) -> Path:
    """Write a GeoTIFF whose first cell has its north-west corner there; `AREA_OR_POINT` and `nodata` by `more`."""
    tags = {name: more.pop(name) for name in ("AREA_OR_POINT",) if name in more}
    shape = {"height": heights.shape[0], "width": heights.shape[1], "count": 1, "dtype": heights.dtype}
    place = {"crs": crs, "transform": Affine(step, 0.0, west, 0.0, -step, north)}
    with rasterio.open(path, "w", driver="GTiff", **shape, **place, **more) as raster:
        raster.write(heights, 1)
        raster.update_tags(**tags)
    return path


def write_hgt(path: Path, heights: NDArray[Any]) -> Path:
    path.write_bytes(np.asarray(heights, ">i2").tobytes())
    return path
