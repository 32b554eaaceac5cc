"""The register of flights: which vehicle the station heard in the air, from when to when, and under which mission.

Instants go down to the minute, and no place is kept but the area of the mission: who reads the register learns that
something flew, why and where it was allowed, and not where it was at any moment. No pilot is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from flightlink.vehicle.state import LinkState, VehicleState
from groundstation.errors import BadInputError, NotKeptError
from groundstation.files import write_durably
from groundstation.instants import NS_PER_S, utc_ns_from_text
from groundstation.public.documents import MINUTE_S, Flight, MissionTold, Register, minute_of

REGISTER_FILE: Final = "register.json"
MOST_FLIGHTS: Final = 1000
"""The oldest go first."""
ONE_FLIGHT_S: Final = 600
"""A vehicle that is silent for no longer goes on with its flight: a link that breaks makes no second one."""
FLYING_S: Final = 2 * MINUTE_S
"""Heard in this minute or the one before."""


def is_up(state: VehicleState) -> bool:
    """Say whether a vehicle that is heard may be in the air: its motors are armed, or nobody says."""
    return state.link is not LinkState.LOST and state.armed is not False


class RegisterFile:
    """The flights that a station keeps.

    Args:
        path: made with its folder when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> tuple[Flight, ...]:
        """Return what is kept, newest first.

        Raises:
            BadInputError: the file is damaged.
        """
        if not self.path.exists():
            return ()
        try:
            return Register.model_validate_json(self.path.read_bytes()).flights
        except (OSError, ValidationError) as error:
            why = str(error).splitlines()[0]
            raise BadInputError(f"{self.path}: is damaged ({why}); put back a copy, or remove it") from error

    def store(self, register: Register) -> None:
        """Keep these in place of those before.

        Raises:
            NotKeptError: they cannot be written.
        """
        try:
            write_durably(self.path, register.model_dump_json(indent=1) + "\n")
        except (BadInputError, OSError) as error:
            raise NotKeptError(str(error)) from error


class Flights:
    """The flights of all missions that the station knows; one owner.

    Args:
        mission: under which vehicles fly now.
        kept: flights of before, newest first.
        exercise: whether they are of an exercise.
    """

    def __init__(self, mission: MissionTold, kept: Sequence[Flight] = (), *, exercise: bool = False) -> None:
        self._mission, self._exercise = mission, exercise
        self._flights = list(kept)

    def take(self, names: Sequence[str], utc_ns: int) -> None:
        """Take in which vehicles are in the air at an instant."""
        utc = minute_of(utc_ns)
        for name in names:
            row = self._row_of(name, utc_ns)
            if row is None:
                flight = Flight(
                    vehicle=name, first_seen_utc=utc, last_seen_utc=utc, is_flying=True, mission=self._mission
                )
                self._flights.insert(0, flight)
            elif self._flights[row].last_seen_utc < utc:
                self._flights[row] = self._flights[row].model_copy(update={"last_seen_utc": utc})
        del self._flights[MOST_FLIGHTS:]

    def _row_of(self, name: str, utc_ns: int) -> int | None:
        """Return where the flight stands that a vehicle is still on."""
        for row, flight in enumerate(self._flights):
            if flight.vehicle == name and flight.mission == self._mission:
                return row if _seen_within(flight, utc_ns, ONE_FLIGHT_S + MINUTE_S) else None
        return None

    def register(self, utc_ns: int) -> Register:
        """Return the register of an instant; the same for a whole minute, but for flights that begin."""
        minute_ns = utc_ns - utc_ns % (MINUTE_S * NS_PER_S)
        flights = (
            flight.model_copy(update={"is_flying": _seen_within(flight, minute_ns, FLYING_S)})
            for flight in self._flights
        )
        return Register(utc=minute_of(utc_ns), exercise=self._exercise, flights=tuple(flights))


def _seen_within(flight: Flight, utc_ns: int, age_s: int) -> bool:
    return utc_ns - utc_ns_from_text(flight.last_seen_utc) < age_s * NS_PER_S
