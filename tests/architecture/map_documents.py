"""The documents of base map, site plan and exports, made by the station's own code."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from groundstation.audit import AuditFile
from groundstation.basemap.desk import MapDesk
from groundstation.exports.desk import ExportDesk
from groundstation.settings import MapTable
from tests.groundstation.tile_files import plain_tile, pmtiles


def map_documents(maps: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return by name what is said of the operator's files, and what leaves of some maps."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, raster = _plan(folder), _raster(folder)
        tiles = pmtiles(folder / "city.pmtiles", {(0, 0, 0): plain_tile()})
        outlines = MapDesk(MapTable(site_plan=plan))
        desks = (
            MapDesk(None),
            outlines,
            MapDesk(MapTable(basemap=tiles, site_plan=raster, site_plan_epsg=4326)),
            MapDesk(MapTable(basemap=folder / "gone.pmtiles")),
        )
        exports, noted = asyncio.run(_exported(folder, maps))
        said = [desk.document() for desk in desks]
        return {"basemap": said, "site_plan": [outlines.outlines()], "export": exports, "export_noted": [noted]}


async def _exported(folder: Path, maps: list[dict[str, Any]]) -> tuple[list[Any], dict[str, Any]]:
    desk = ExportDesk(station="Test", audit=AuditFile(folder / "audit.jsonl"), clock=lambda: 1_700_000_000_000_000_000)
    files = [await desk.file(one, "geojson", is_exercise=False) for one in maps]
    return [json.loads(file.data) for file in files], await desk.note("print", None, is_exercise=False)


def _plan(folder: Path) -> Path:
    path = folder / "plan.geojson"
    geometry = {"type": "LineString", "coordinates": [[2.351, 48.857], [2.352, 48.857]]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"name": "Stage", "owner": "somebody"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def _raster(folder: Path) -> Path:
    path = folder / "plan.png"
    Image.new("L", (8, 8)).save(path)
    path.with_suffix(".pgw").write_text("0.001\n0\n0\n-0.001\n2.35\n48.86\n")
    return path
