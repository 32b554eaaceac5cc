"""What the public page is made of, as read by whoever draws it: about the mission, the register, the public map.

The same models read a running station's answers, so that an export draws what the station's own page shows.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flightlink.mission import Mission
from groundstation.errors import BadInputError
from groundstation.health import area_polygon
from groundstation.instants import NS_PER_S, text_from_utc_ns

MINUTE_S: Final = 60
Ring = tuple[tuple[float, float], ...]
"""Corners (lon_deg, lat_deg), closed."""


class Part(BaseModel):
    """Frozen; fields of later versions are left unread."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


Told = TypeVar("Told", bound=Part)


class Area(Part):
    """A GeoJSON Polygon."""

    type: Literal["Polygon"]
    coordinates: tuple[Ring, ...] = Field(min_length=1)


class MissionTold(Part):
    """Why, where, when, how high and how sharp may be looked."""

    purpose: str
    starts_utc: str
    ends_utc: str
    min_agl_m: float
    max_agl_m: float
    published_px_per_m: float
    level: Literal["strict", "floor"]
    area: Area


class About(Part):
    """The mission and who answers for it; `None` was not stated by the operator."""

    utc: str
    """To the minute."""
    station: str
    is_replay: bool
    exercise: bool = False
    """Nothing that is told is real."""
    state: Literal["not_started", "running", "ended"]
    mission: MissionTold
    standing_cameras: int
    """Cameras that are fixed in place and fly nowhere."""
    operator: str | None
    order: str | None
    contact: str | None
    complaint_url: str | None
    complaint_email: str | None
    complaint_postal: str | None
    key_fingerprint: str | None
    """SHA-256 of `public-key.pem`; None before the first export."""


class Flight(Part):
    """One flight of one vehicle, instants to the minute; no place but the mission's area, and no pilot."""

    vehicle: str
    first_seen_utc: str
    last_seen_utc: str
    is_flying: bool
    mission: MissionTold


class Register(Part):
    """All flights that the station knows, newest first."""

    utc: str
    """To the minute."""
    exercise: bool = False
    flights: tuple[Flight, ...]


class Budget(Part):
    """What the public map costs, of differential privacy."""

    epsilon: float = Field(gt=0)
    window_s: float = Field(gt=0)
    epsilon_per_release: float = Field(gt=0)


class CellArea(Part):
    """Ground of a cell of the public map: one piece or several."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: tuple[Ring, ...] | tuple[tuple[Ring, ...], ...]

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Every outline and hole."""
        parts = self.coordinates if self.type == "MultiPolygon" else (self.coordinates,)
        return tuple(ring for part in parts for ring in part)  # type: ignore[misc]


class CellFigures(Part):
    """What the public map says of a cell."""

    area_m2: float = Field(gt=0)
    state: Literal["observed", "unobserved", "too_small", "grey"]
    level: Literal["free", "dense", "watch", "alert"] | None
    density_per_m2: float | None
    at_least: bool
    observed_share: float = Field(ge=0)


class Cell(Part):
    """A feature of the public map."""

    geometry: CellArea
    properties: CellFigures


class Release(Part):
    """The public map, as `/public/api/v1/density` answers it."""

    utc: str
    state: Literal["live", "grey"]
    every_s: float
    budget: Budget
    at_most_per_m2: float
    features: tuple[Cell, ...]


def read(kind: type[Told], document: object, *, where: str) -> Told:
    """Return a document of a station.

    Raises:
        BadInputError: it is of another kind, or broken.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(part) for part in fault["loc"]) or "document"
        raise BadInputError(f"{where}: {field}: {fault['msg']}; is it a station of this version?") from error


def told_of(mission: Mission) -> MissionTold:
    """Return what the public is told of a mission: all that the gate enforces, but for people on stands."""
    return MissionTold(
        purpose=mission.purpose,
        starts_utc=text_from_utc_ns(mission.starts_utc_ns),
        ends_utc=text_from_utc_ns(mission.ends_utc_ns),
        min_agl_m=mission.min_agl_m,
        max_agl_m=mission.max_agl_m,
        published_px_per_m=mission.published_px_per_m,
        level=mission.level.value,
        area=Area.model_validate(area_polygon(mission)),
    )


def minute_of(utc_ns: int) -> str:
    """Return an instant down to its minute, as text."""
    return text_from_utc_ns(utc_ns - utc_ns % (MINUTE_S * NS_PER_S))
