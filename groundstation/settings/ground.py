"""The table `[ground]`: the height model on which pixels meet the ground, and the geoid below it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from flightlink.mission import Mission
from flightlink.pose import HeightDatum
from groundstation.logs import event
from groundstation.settings.tables import Table
from maps.terrain.area import terrain_of_area
from maps.terrain.grid import TerrainGrid

_LOG: Final = logging.getLogger(__name__)
_DATUMS: Final = (HeightDatum.AMSL, HeightDatum.EGM96, HeightDatum.EGM2008, HeightDatum.ELLIPSOID)


class GroundTable(Table):
    """`[ground]`: without it the ground is level, as high as home or as a camera file says."""

    terrain: Path = Field(
        title="Height model", examples=["terrain.tif"],
        description="GeoTIFF, or an SRTM tile (`.hgt`, also zipped), that covers the mission area and the flight; "
        "relative to the settings file.",
    )  # fmt: skip
    terrain_datum: HeightDatum | None = Field(
        default=None, title="Datum of the model", examples=["egm96"],
        description="`amsl`, `egm96`, `egm2008` or `ellipsoid`. Default: what the file states, else `amsl`, and the "
        "log says so.",
    )  # fmt: skip
    terrain_sigma_m: float | None = Field(
        default=None, title="Error of the model", ge=0, le=100, allow_inf_nan=False, examples=[0.5],
        description="One standard deviation of its heights. Default: by its posting, 0.5 m to 2.5 m, 1.5 m to 12 m, "
        "else 3 m.",
    )  # fmt: skip
    geoid: Path | None = Field(
        default=None, title="Geoid grid", examples=["egm96_15.gtx"],
        description="`.gtx` or GeoTIFF of separations, for heights above the ellipsoid. Default: what the link tells.",
    )  # fmt: skip

    @field_validator("terrain_datum")
    @classmethod
    def _is_of_a_model(cls, datum: HeightDatum | None) -> HeightDatum | None:
        if datum is not None and datum not in _DATUMS:
            raise ValueError(f"one of {', '.join(_DATUMS)}: no model has another")
        return datum

    @model_validator(mode="after")
    def _is_two_files(self) -> Self:
        if self.geoid == self.terrain:
            raise ValueError("two files: a geoid is no ground")
        return self

    def beside(self, folder: Path) -> Self:
        """Return the table with paths from a folder."""
        geoid = None if self.geoid is None else folder / self.geoid
        return self.model_copy(update={"terrain": folder / self.terrain, "geoid": geoid})

    def model_about(self, mission: Mission) -> TerrainGrid:
        """Return the model about the mission area; reads the files, and logs what is taken for granted.

        Raises:
            TerrainError: a file cannot be read, or the model does not cover the area.
        """
        file = terrain_of_area(
            self.terrain, mission.area, datum=self.terrain_datum, sigma_m=self.terrain_sigma_m, geoid=self.geoid
        )
        grid = file.grid
        event(
            _LOG, "terrain_read", file=grid.name, datum=str(grid.datum), sigma_m=grid.sigma_m,
            datum_source="stated" if file.is_datum_stated else "assumed: the file states none",
            posting_m=round(grid.posting_m, 2), geoid_m="none" if grid.geoid_m is None else round(grid.geoid_m, 2),
        )  # fmt: skip
        return grid
