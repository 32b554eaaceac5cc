"""What the web may ask of base map and site plan: a document, tiles, a picture. A bad file is named and not drawn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from groundstation.basemap.facts import CONTENT_TYPES, MapFileError, PlanPicture, TileFile
from groundstation.basemap.mb import MbTiles
from groundstation.basemap.outlines import plan_outlines
from groundstation.basemap.pm import PmTiles
from groundstation.errors import NotThereError
from groundstation.logs import event
from groundstation.settings import MapTable

_LOG: Final = logging.getLogger(__name__)
_GEOJSON: Final = (".geojson", ".json")
_Read = TypeVar("_Read")


class MapDesk:
    """Base map and site plan of a station.

    Args:
        table: which files; None and empty have none.
    """

    def __init__(self, table: MapTable | None) -> None:
        files = MapTable() if table is None else table
        self._faults: list[dict[str, str]] = []
        self._tiles = self._opened("basemap", files.basemap, _tile_file)
        self._outlines: dict[str, Any] | None = None
        self._picture: PlanPicture | None = None
        if files.site_plan is not None and files.site_plan.suffix.lower() in _GEOJSON:
            self._outlines = self._opened("site_plan", files.site_plan, plan_outlines)
        else:
            self._picture = self._opened("site_plan", files.site_plan, partial(_picture, epsg=files.site_plan_epsg))

    def document(self) -> dict[str, Any]:
        """Return what there is to be drawn, and what cannot be."""
        raster = None if self._picture is None else {"bounds": self._picture.bounds}
        return {
            "basemap": None if self._tiles is None else asdict(self._tiles.facts),
            "site_plan": None if self._outlines is None and raster is None else {"raster": raster},
            "faults": self._faults,
        }

    async def tile(self, zoom: int, column: int, row: int) -> tuple[str, bytes] | None:
        """Return content type and bytes of a tile, None where there is none.

        Raises:
            MapFileError: the file is damaged there.
            NotThereError: there is no base map.
        """
        if self._tiles is None:
            raise NotThereError("no base map here; set basemap in [map]")
        if not all(0 <= one < 1 << zoom for one in (column, row)):
            return None
        data = await asyncio.to_thread(_read, self._tiles, zoom, column, row)
        return None if data is None else (CONTENT_TYPES[self._tiles.facts.kind], data)

    def outlines(self) -> dict[str, Any]:
        """Return the outlines of the site plan.

        Raises:
            NotThereError: there are none.
        """
        if self._outlines is None:
            raise NotThereError("no outlines here; set site_plan in [map] to a GeoJSON file")
        return self._outlines

    def picture(self) -> bytes:
        """Return the site plan as a grey PNG.

        Raises:
            NotThereError: there is none.
        """
        if self._picture is None:
            raise NotThereError("no picture here; set site_plan in [map] to a georeferenced picture")
        return self._picture.png

    def _opened(self, what: str, path: Path | None, read: Callable[[Path], _Read]) -> _Read | None:
        """Return what a file holds; a bad one is told in one line, and the station goes on without."""
        if path is None:
            return None
        try:
            return read(path)
        except MapFileError as error:
            event(_LOG, f"{what}_not_drawn", level=logging.ERROR, why=str(error))
            self._faults.append({"what": what, "file": path.name, "cause": error.cause})
            return None


def _picture(path: Path, epsg: int | None) -> PlanPicture:
    from groundstation.basemap.plan import plan_picture  # noqa: PLC0415 - a station without a plan has no GDAL in memory

    return plan_picture(path, epsg)


def _tile_file(path: Path) -> TileFile:
    return MbTiles(path) if path.suffix.lower() == ".mbtiles" else PmTiles(path)


def _read(tiles: TileFile, zoom: int, column: int, row: int) -> bytes | None:
    try:
        return tiles.tile(zoom, column, row)
    except OSError as error:
        raise MapFileError(Path("basemap"), "unreadable", f"cannot be read any more ({error.strerror})") from error
