"""The table `[map]`: what is drawn below the density, from files that the operator brings."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, field_validator

from groundstation.settings.tables import Table

BASEMAPS: Final = (".pmtiles", ".mbtiles")
SITE_PLANS: Final = (".geojson", ".json", ".png", ".jpg", ".jpeg", ".tif", ".tiff")


class MapTable(Table):
    """`[map]`: without it the map stands on a blank graticule."""

    basemap: Path | None = Field(
        default=None, title="Base map", examples=["city.pmtiles"],
        description="`.pmtiles` (version 3) or `.mbtiles` with PNG, JPEG, WebP or vector tiles; relative to the "
        "settings file.",
    )  # fmt: skip
    site_plan: Path | None = Field(
        default=None, title="Site plan", examples=["plan.geojson"],
        description="GeoJSON, GeoTIFF, or PNG or JPEG with a world file; relative to the settings file.",
    )  # fmt: skip
    site_plan_epsg: Literal[4326, 3857] | None = Field(
        default=None, title="System of the plan", examples=[3857],
        description="Coordinate system of the world file: 4326 or 3857.",
    )  # fmt: skip

    @field_validator("basemap")
    @classmethod
    def _is_of_tiles(cls, path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in BASEMAPS:
            raise ValueError(f"a file that ends in {' or '.join(BASEMAPS)}")
        return path

    @field_validator("site_plan")
    @classmethod
    def _is_a_plan(cls, path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in SITE_PLANS:
            raise ValueError(f"a file that ends in {', '.join(SITE_PLANS)}")
        return path

    def beside(self, folder: Path) -> Self:
        """Return the table with paths from a folder."""
        files = {"basemap": self.basemap, "site_plan": self.site_plan}
        return self.model_copy(update={name: path and folder / path for name, path in files.items()})
