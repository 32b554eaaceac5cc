"""`Lookout`: a place that the command post wants looked at, and what became of it. Plain frozen values."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class State(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    GOING = "going"
    """A pilot has taken it on."""
    REFUSED = "refused"
    """Whoever was asked cannot."""
    SEEN = "seen"
    """The camera of the vehicle that took it on sees the place, by the published map."""
    DONE = "done"
    """The pilot says so."""
    WITHDRAWN = "withdrawn"


OPEN = frozenset({State.ASKED, State.GOING, State.REFUSED})


class Refusal(BaseModel):
    """One vehicle cannot, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vehicle: int
    reason: str
    by: str | None
    utc: str


class Lookout(BaseModel):
    """A request; `vehicle` None asks whoever can."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    lon_lat: tuple[float, float]
    note: str
    vehicle: int | None
    asked_utc: str
    asked_by: str | None
    state: State = State.ASKED
    state_utc: str
    """Since when it is in that state."""
    taken_by: int | None = None
    """System id of the vehicle that goes, or went."""
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether somebody is still to look."""
        return self.state in OPEN
