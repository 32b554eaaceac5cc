"""Zones and the event about them as JSON. Values in, JSON-able values out."""

from __future__ import annotations

import math
from typing import Any

import shapely

from groundstation.instants import text_from_utc_ns
from maps.geojson import PLACES
from maps.until_full import UntilFull
from maps.zone_events import OverCapacity
from maps.zones import Zone, ZoneFill, level_of


def zone_feature(
    zone: Zone, *, area_m2: float, fill: ZoneFill, until_full: UntilFull | None, over_since_ns: int | None
) -> dict[str, Any]:
    """Return a zone as a Feature: its outline, how full it is, and in how long it will be full."""
    people = fill.people_told
    ring = [[round(degrees, PLACES) for degrees in corner] for corner in (*zone.corners, zone.corners[0])]
    properties = {
        "id": zone.zone_id,
        "name": zone.name,
        "capacity": zone.capacity,
        "area_m2": round(area_m2),
        "people": people,
        "people_sigma": None if people is None else round(fill.people_sigma, 1),
        "people_at_most": None if people is None or fill.lower_bound else math.ceil(fill.people_at_most),
        "lower_bound": fill.lower_bound,
        "suppressed_at_most": fill.suppressed_at_most,
        "observed_share": round(fill.observed_share, 4),
        "age_s": None if fill.age_s is None else round(fill.age_s, 1),
        "fill_share": None if people is None else round(people / zone.capacity, 3),
        "level": level_of(fill, zone.capacity).value,
        "over_since_utc": None if over_since_ns is None else text_from_utc_ns(over_since_ns),
        "full_in_s": None if until_full is None else _whole_seconds(until_full),
    }
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}


def over_capacity_document(event: OverCapacity) -> dict[str, Any]:
    """Return a zone over its capacity as JSON: what, how bad, where, since when and why; never anything of a person."""
    zone, fill = event.zone, event.fill
    place = shapely.Polygon(zone.corners).representative_point()
    return {
        "id": f"zone_over_capacity.{zone.zone_id}.{event.since_utc_ns}",
        "kind": "zone_over_capacity",
        "level": event.level.value,
        "cause": event.cause.value,
        "zone": zone.zone_id,
        "name": zone.name,
        "capacity": zone.capacity,
        "people": math.floor(fill.people),
        "people_sigma": round(fill.people_sigma, 1),
        "lower_bound": fill.lower_bound,
        "observed_share": round(fill.observed_share, 4),
        "lon_lat": [round(place.x, PLACES), round(place.y, PLACES)],
        "seen_utc": text_from_utc_ns(event.seen_utc_ns),
        "since_utc": text_from_utc_ns(event.since_utc_ns),
    }


def _whole_seconds(until_full: UntilFull) -> dict[str, int]:
    return {"earliest": math.floor(until_full.earliest_s), "likely": round(until_full.likely_s)}
