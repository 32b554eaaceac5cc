"""The public map as GeoJSON in WGS 84, with what it cost and what its noise means. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.budget import EPSILON_PER_RELEASE, EPSILON_PER_WINDOW, EVERY_S, WINDOW_S, Balance
from maps.crs import MissionCrs
from maps.geojson import PLACES, utc_text
from maps.patches import Patch
from maps.public import TOP_PER_M2, PublicCell, PublicMap

FloatArray = NDArray[np.float64]
Geometry = dict[str, Any]

GREY: Final = "grey"
LIVE: Final = "live"
EXPLAINS: Final = (
    "Each figure is a count of people found with random noise of about 8 (standard deviation) in each cell, so that "
    "this map tells of no single detection whether it was there; who stays longer than a minute is protected minute by "
    "minute, people who hide one another are not counted, and from 3.5 people per square metre on it says 3.5 or more."
)


def geometries(patches: Sequence[Patch], epsg: int) -> tuple[Geometry, ...]:
    """Return the ground of each patch as GeoJSON: longitude, latitude; outer rings counter-clockwise."""
    crs = MissionCrs(epsg)

    def geodetic(places_m: FloatArray) -> FloatArray:
        lon_deg, lat_deg = crs.geodetic_from_crs(places_m[:, 0], places_m[:, 1])
        return np.asarray(np.round(np.stack([lon_deg, lat_deg], axis=1), PLACES), np.float64)

    turned = (shapely.transform(patch.outline, geodetic) for patch in patches)
    return tuple(shapely.geometry.mapping(shapely.orient_polygons(outline)) for outline in turned)


def public_document(public: PublicMap, patches: Sequence[Patch], shapes: Sequence[Geometry]) -> dict[str, Any]:
    """Return one release as a FeatureCollection.

    Args:
        public: The release.
        patches: Its cells.
        shapes: Of the patches, from `geometries`.
    """
    return {
        "type": "FeatureCollection",
        "utc": utc_text(public.utc_ns),
        "state": LIVE,
        "every_s": EVERY_S,
        "budget": budget(public.balance),
        "at_most_per_m2": TOP_PER_M2,
        "explains": EXPLAINS,
        "features": [
            {"type": "Feature", "geometry": shape, "properties": _properties(cell, patch)}
            for cell, patch, shape in zip(public.cells, patches, shapes, strict=True)
        ],
    }


def greyed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a release that has become old: the same cells without their figures; nothing is drawn anew."""
    blank = {"state": GREY, "level": None, "density_per_m2": None, "at_least": False}
    features = [{**feature, "properties": {**feature["properties"], **blank}} for feature in document["features"]]
    return {**document, "state": GREY, "features": features}


def budget(balance: Balance) -> dict[str, float]:
    """Return the ledger for everybody to read."""
    return {
        "epsilon": float(EPSILON_PER_WINDOW),
        "window_s": float(WINDOW_S),
        "epsilon_per_release": round(float(EPSILON_PER_RELEASE), 6),
        "spent": round(float(balance.spent), 6),
        "left": round(float(balance.left), 6),
    }


def _properties(cell: PublicCell, patch: Patch) -> dict[str, Any]:
    return {
        "cells": [one.name for one in patch.cells],
        "area_m2": round(patch.ground_m2, 1),
        "state": cell.state.value,
        "level": None if cell.level is None else cell.level.value,
        "density_per_m2": None if cell.density_per_m2 is None else round(cell.density_per_m2, 2),
        "at_least": cell.at_least,
        "observed_share": round(cell.observed_share, 3),
    }
