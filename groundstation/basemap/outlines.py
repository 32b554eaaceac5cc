"""A site plan as outlines, from a GeoJSON file (RFC 7946)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

from groundstation.basemap.facts import MapFileError

_MOST_GEOJSON_BYTES: Final = 8 * 1024 * 1024
_DEPTHS: Final = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the places lie in the lists of a geometry."""


def plan_outlines(path: Path) -> dict[str, Any]:
    """Return the geometries of a GeoJSON file as a FeatureCollection; of properties only `name` stays.

    Raises:
        MapFileError: it is none, or its places are not longitude and latitude.
    """
    try:
        is_too_large = path.stat().st_size > _MOST_GEOJSON_BYTES
        document = None if is_too_large else json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MapFileError(path, "missing", "is not there; check site_plan in [map]") from error
    except OSError as error:
        raise MapFileError(path, "unreadable", f"cannot be read ({error.strerror}); mend rights") from error
    except (ValueError, RecursionError) as error:
        raise MapFileError(path, "wrong", "is no GeoJSON; export it again") from error
    if is_too_large:
        raise MapFileError(path, "too_large", "is larger than 8 MB; simplify it")
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(_is_feature(one) for one in features):
        raise MapFileError(
            path, "wrong", "is no FeatureCollection in longitude and latitude; export it as GeoJSON, EPSG:4326"
        )
    return {"type": "FeatureCollection", "features": [_outline(one) for one in features]}


def _outline(feature: dict[str, Any]) -> dict[str, Any]:
    name = (feature.get("properties") or {}).get("name")
    kept = {"name": name[:80]} if isinstance(name, str) else {}
    return {"type": "Feature", "geometry": feature["geometry"], "properties": kept}


def _is_feature(feature: object) -> bool:
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        return False
    properties = feature.get("properties")
    depth = _DEPTHS.get(str(feature["geometry"].get("type")))
    there = feature["geometry"].get("coordinates")
    return depth is not None and (properties is None or isinstance(properties, dict)) and _are_places(there, depth)


def _are_places(part: object, depth: int) -> bool:
    if not isinstance(part, list):
        return False
    if depth > 0:
        return bool(part) and all(_are_places(one, depth - 1) for one in part)
    numbers = [one for one in part if isinstance(one, int | float) and math.isfinite(one)]
    return len(numbers) == len(part) >= 2 and abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90
