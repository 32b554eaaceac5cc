"""Mission files: TOML `[mission]`, its area in place or in a GeoJSON file, times with an offset, never naive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from shapely.geometry import Polygon
from shapely.validation import explain_validity

from flightlink.errors import MissionError
from flightlink.mission import DEFAULT_PUBLISHED_PX_PER_M, Mission, RedactionLevel
from flightlink.toml_fields import TableReader, table_from_file

_FIELDS: Final = (
    "area", "area_file", "starts_utc", "ends_utc", "min_agl_m", "max_agl_m", "purpose", "published_px_per_m", "level",
    "raised_m",
)  # fmt: skip
_MEND_TIME: Final = "expected a time with its offset from UTC, for instance 2026-07-14T18:00:00Z"
_MEND_AREA: Final = "expected a list of at least three corners [lon_deg, lat_deg]"
_MEND_GEOJSON: Final = "expected GeoJSON with one Polygon without holes (geometry, Feature or one-feature collection)"


def load_mission(path: Path) -> Mission:
    """Return the mission of a TOML file; `area_file` is sought beside it.

    Raises:
        MissionError: one line with file, field, what was expected and how to mend it.
    """
    reader = TableReader(where=str(path), table=table_from_file(path, MissionError), error=MissionError)
    table = reader.subtable("mission")
    if table is None:
        raise reader.fault("[mission]", "is missing", "add the table with area, starts_utc, ends_utc, ...")
    return _mission(table, path.parent)


def mission_from_table(table: dict[str, Any], folder: Path) -> Mission:
    """Return the mission of a `[mission]` table that was read elsewhere.

    Args:
        table: the table's fields.
        folder: where a relative `area_file` is sought.

    Raises:
        MissionError: one line with field, what was expected and how to mend it.
    """
    return _mission(TableReader(where="[mission]", table=table, error=MissionError), folder)


def _mission(reader: TableReader, folder: Path) -> Mission:
    mend_agl = "expected metres over ground, for instance 10 and 120"
    reader.refuse_misspelt(_FIELDS)
    try:
        return Mission(
            area=_area(reader, folder),
            starts_utc_ns=reader.utc_ns("starts_utc", _MEND_TIME),
            ends_utc_ns=reader.utc_ns("ends_utc", _MEND_TIME),
            min_agl_m=reader.number("min_agl_m", mend_agl),
            max_agl_m=reader.number("max_agl_m", mend_agl),
            purpose=_purpose(reader),
            published_px_per_m=_published_px_per_m(reader),
            level=_level(reader),
            raised_m=_raised_m(reader),
        )
    except MissionError as cause:
        if str(cause).startswith(reader.where):
            raise
        raise MissionError(f"{reader.where}: {cause}") from cause


def _purpose(reader: TableReader) -> str:
    mend = "say in one line what the mission is for"
    purpose = reader.text("purpose", mend).strip()
    if not purpose:
        raise reader.fault("purpose", "is empty", mend)
    return purpose


def _published_px_per_m(reader: TableReader) -> float:
    if "published_px_per_m" not in reader.table:
        return DEFAULT_PUBLISHED_PX_PER_M
    return reader.number("published_px_per_m", "expected pixels per metre, at most 40")


def _raised_m(reader: TableReader) -> float:
    return reader.number("raised_m", "expected metres, for instance 6") if "raised_m" in reader.table else 0.0


def _level(reader: TableReader) -> RedactionLevel:
    words = [level.value for level in RedactionLevel]
    found = reader.table.get("level", RedactionLevel.STRICT.value)
    if found not in words:
        raise reader.fault("level", f"is {found!r}", f"expected one of {', '.join(words)}")
    return RedactionLevel(found)


def _area(reader: TableReader, folder: Path) -> tuple[tuple[float, float], ...]:
    if "area" in reader.table and "area_file" in reader.table:
        raise reader.fault("area", "is given twice", "keep either area or area_file")
    if "area_file" in reader.table:
        path = folder / reader.text("area_file", "expected the name of a GeoJSON file")
        return _simple(_ring_from_geojson(path), f"{path}", _MEND_GEOJSON)
    found = reader.value("area", f"{_MEND_AREA}, or area_file with a GeoJSON file")
    return _simple(found, f"{reader.where}: area", _MEND_AREA)


def _ring_from_geojson(path: Path) -> Any:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise MissionError(f"{path}: cannot be read ({cause.strerror or cause}); correct area_file") from cause
    except ValueError as cause:
        raise MissionError(f"{path}: is not JSON; {_MEND_GEOJSON}") from cause
    geometry = _geometry(document)
    rings = geometry.get("coordinates") if geometry.get("type") == "Polygon" else None
    if not isinstance(rings, list) or len(rings) != 1:
        what = f"{len(rings)} rings" if isinstance(rings, list) else f"type {geometry.get('type')!r}"
        raise MissionError(f"{path}: holds {what}; {_MEND_GEOJSON}")
    return rings[0]


def _geometry(document: Any) -> dict[str, Any]:
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        document = features[0] if isinstance(features, list) and len(features) == 1 else {"type": "many features"}
    if isinstance(document, dict) and document.get("type") == "Feature":
        document = document.get("geometry")
    return document if isinstance(document, dict) else {}


def _simple(ring: Any, where: str, mend: str) -> tuple[tuple[float, float], ...]:
    corners = tuple(_corner(point, where, mend) for point in (ring if isinstance(ring, list) else [None]))
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners = corners[:-1]
    if len(corners) < 3:
        raise MissionError(f"{where} has {len(corners)} corners; {mend}")
    polygon = Polygon(corners)
    if polygon.bounds[2] - polygon.bounds[0] >= 180:
        raise MissionError(f"{where} spans half the Earth or crosses 180 degrees of longitude; split the mission there")
    if not polygon.is_valid or polygon.area == 0:
        raise MissionError(f"{where} is no simple polygon ({explain_validity(polygon)}); let its edges not cross")
    return corners


def _corner(point: Any, where: str, mend: str) -> tuple[float, float]:
    is_pair = isinstance(point, list | tuple) and len(point) in (2, 3)
    if not is_pair or any(isinstance(part, bool) or not isinstance(part, int | float) for part in point):
        raise MissionError(f"{where} holds {point!r}; {mend}")
    lon_deg, lat_deg = float(point[0]), float(point[1])
    if not (abs(lon_deg) <= 180 and abs(lat_deg) <= 90):
        raise MissionError(f"{where} holds {point!r}, which is not on Earth; corners are [lon_deg, lat_deg]")
    return lon_deg, lat_deg
