"""`PackedTerrain`: a height model as plain text and numbers, for the one line that a sealed worker is told first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTerrain:
    """What `maps.terrain.packing` makes of a `TerrainGrid`, and a grid of again."""

    heights: str
    """Base 64 of deflated float32, little-endian, row by row; NaN where nothing is known."""
    rows: int
    columns: int
    lat_deg: float
    lon_deg: float
    reach_deg: float
    column_terms: tuple[float, ...]
    row_terms: tuple[float, ...]
    posting_m: float
    datum: str
    sigma_m: float
    name: str
    geoid_m: float | None = None
