"""GeoJSON and CSV of a map."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final

from groundstation.exports.rows import (
    CELL_FIELDS,
    FLOW_FIELDS,
    TOTAL_FIELDS,
    Export,
    Place,
    cell_rows,
    cell_values,
    flow_rows,
    total_row,
)

CSV_FIELDS: Final = ("kind", *dict.fromkeys((*TOTAL_FIELDS, *CELL_FIELDS, *FLOW_FIELDS)), "wkt")
"""Columns of the CSV: the first row is the total (`kind` total), then the cells, then the flows."""


def geojson(export: Export) -> bytes:
    """Return the map as it is served, each cell with its bounds and when it was seen."""
    document = export.document
    features = [_with_bounds(feature, document) for feature in document["features"]]
    whole = {**document, **total_row(export), "features": features}
    return json.dumps(whole, allow_nan=False, ensure_ascii=False).encode()


def _with_bounds(feature: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    said = feature["properties"]
    told = cell_values(said, document) | {"sources": said["sources"]}
    if "people_mean" not in said:
        del told["people_mean"]  # of a recording alone
    return {**feature, "properties": told}


def table(export: Export) -> bytes:
    """Return the map as CSV (RFC 4180, UTF-8); places as WKT, longitude first."""
    text = io.StringIO(newline="")
    sink = csv.DictWriter(text, CSV_FIELDS, restval="")
    sink.writeheader()
    sink.writerow({"kind": "total", **total_row(export)})
    for kind, rows in (("cell", cell_rows(export.document)), ("flow", flow_rows(export.document))):
        sink.writerows({"kind": kind, **row.values, "wkt": _wkt(row.places)} for row in rows)
    return text.getvalue().encode()


def _wkt(places: tuple[Place, ...]) -> str:
    if len(places) == 1:
        return f"POINT ({places[0][0]} {places[0][1]})"
    return f"POLYGON (({', '.join(f'{lon} {lat}' for lon, lat in places)}))"
