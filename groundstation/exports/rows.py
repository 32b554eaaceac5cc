"""The published map as rows: one for the total, one a cell, one an arrow of flow; the same in every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Value = str | int | float | None
Place = tuple[float, float]

CELL_FIELDS: Final[dict[str, type]] = {
    "cell": str, "size_m": int, "state": str, "level": str, "density_per_m2": float, "density_sigma_per_m2": float,
    "density_at_least_per_m2": float, "people": float, "people_sigma": float, "people_mean": float,
    "people_at_least": float, "people_at_most": float,
    "observed_share": float, "age_s": float, "seen_utc": str, "ce90_m": float, "sources": str, "map_utc": str,
}  # fmt: skip
"""What a cell says. `people_at_least` and `people_at_most` are what is known where a figure is a bound or withheld."""
FLOW_FIELDS: Final[dict[str, type]] = {
    "cell": str, "size_m": int, "speed_m_s": float, "sigma_m_s": float, "bearing_deg": float, "map_utc": str,
}  # fmt: skip
TOTAL_FIELDS: Final[dict[str, type]] = {
    "station": str, "exercise": int, "people": float, "people_sigma": float, "suppressed_at_least": int,
    "suppressed_at_most": int,
    "observed_share": float, "covers_s": float, "frozen": int, "epsg": int, "map_utc": str, "exported_utc": str,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A published map on its way out.

    Attributes:
        document: as `/api/v1/density` serves it.
        station: name of the station.
        exported_utc: when it leaves, ISO 8601.
        is_exercise: whether it is of an exercise.
    """

    document: dict[str, Any]
    station: str
    exported_utc: str
    is_exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Fields of a cell or a flow, and where it lies: a closed ring, or one place (longitude, latitude)."""

    values: dict[str, Value]
    places: tuple[Place, ...]


def total_row(export: Export) -> dict[str, Value]:
    """Return what holds for the map as a whole."""
    document = export.document
    said = {name: document.get(name) for name in TOTAL_FIELDS}
    own: dict[str, Value] = {
        "station": export.station, "exercise": int(export.is_exercise), "map_utc": document.get("utc"),
        "frozen": int(bool(document.get("frozen"))), "exported_utc": export.exported_utc,
    }  # fmt: skip
    return said | own


def cell_rows(document: dict[str, Any]) -> Iterator[Row]:
    """Yield the cells of a map."""
    for feature in document["features"]:
        ring = tuple((float(lon), float(lat)) for lon, lat in feature["geometry"]["coordinates"][0])
        yield Row(values=cell_values(feature["properties"], document), places=ring)


def cell_values(said: dict[str, Any], document: dict[str, Any]) -> dict[str, Value]:
    """Return what a cell says, with its bounds and when it was seen."""
    least, most = _bounds(said, document)
    values: dict[str, Value] = {name: said.get(name) for name in CELL_FIELDS}
    seen_m2 = said["size_m"] ** 2 * (said["observed_share"] or 0.0)
    sigma, density = said["people_sigma"], said["density_per_m2"]
    is_bound = said["state"] == "saturated"
    return values | {
        "density_sigma_per_m2": None if sigma is None or density is None or not seen_m2 else round(sigma / seen_m2, 4),
        "density_at_least_per_m2": density if is_bound else None,
        "people_at_least": least, "people_at_most": most, "sources": " ".join(said["sources"]),
        "seen_utc": _seen_utc(document.get("utc"), said["age_s"]), "map_utc": document.get("utc"),
    }  # fmt: skip


def flow_rows(document: dict[str, Any]) -> Iterator[Row]:
    """Yield the flows of a map."""
    for flow in document.get("flows", ()):
        values = {name: flow.get(name) for name in FLOW_FIELDS} | {"map_utc": document.get("utc")}
        yield Row(values=values, places=((flow["lon_lat"][0], flow["lon_lat"][1]),))


def _bounds(said: dict[str, Any], document: dict[str, Any]) -> tuple[float | None, float | None]:
    if said["state"] == "suppressed":
        return 1, document.get("few_at_most")
    return (said["people"] if said["state"] == "saturated" else None), None


def _seen_utc(map_utc: str | None, age_s: float | None) -> str | None:
    if map_utc is None or age_s is None:
        return None
    seen = datetime.fromisoformat(map_utc).astimezone(UTC) - timedelta(seconds=age_s)
    return seen.isoformat(timespec="milliseconds").replace("+00:00", "Z")
