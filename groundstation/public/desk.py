"""Where the public is answered in a station: its page, the register, and what is behind both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from flightlink.mission import Mission
from flightlink.vehicle.state import VehicleState
from groundstation.errors import NotKeptError
from groundstation.health import mission_state
from groundstation.logs import event
from groundstation.public.documents import About, Register, Release, minute_of, read, told_of
from groundstation.public.keys import fingerprint_in
from groundstation.public.page import Links, page
from groundstation.public.register import REGISTER_FILE, Flights, RegisterFile, is_up
from groundstation.settings import Settings

KEEP_EVERY_S: Final = 60.0
SERVED: Final = Links(
    style="/static/public.css", script="/static/public.js", icon="/static/icon.svg",
    of_language={"fr": "/public?lang=fr", "en": "/public?lang=en"}, density="/public/api/v1/density",
    register="/public/api/v1/register", manifest=None,
)  # fmt: skip

_LOG: Final = logging.getLogger(__name__)


class PublicDesk:
    """Tells the public what flies and why; one owner.

    Args:
        settings: of the station.
        mission: under which vehicles fly.
        file: where the register is kept; None for a replay, in which nothing flies.
        clock: UTC now in nanoseconds.
        release: the newest public map as it is served, None before the first.

    Raises:
        BadInputError: the register is damaged.
    """

    def __init__(
        self,
        settings: Settings,
        mission: Mission,
        *,
        file: RegisterFile | None,
        clock: Callable[[], int],
        release: Callable[[], dict[str, Any] | None],
    ) -> None:
        self._settings, self._mission, self._told = settings, mission, told_of(mission)
        self._file, self._clock, self._release = file, clock, release
        self._flights = Flights(self._told, () if file is None else file.load(), exercise=settings.station.exercise)
        self._names = {table.system_id: table.name for table in settings.camera if table.system_id is not None}
        self._drawn: dict[str, tuple[tuple[object, ...], str]] = {}

    def take(self, vehicles: Sequence[VehicleState], utc_ns: int) -> None:
        """Take in the vehicles of an instant; nothing flies in a replay."""
        if self._file is not None:
            up = [self._names.get(state.system_id, f"vehicle {state.system_id}") for state in vehicles if is_up(state)]
            self._flights.take(up, utc_ns)

    async def keep_register(self) -> None:
        """Write the register down every minute while it changes, beside the loop, until cancelled."""
        kept: Register | None = None
        while self._file is not None:
            register = self._flights.register(self._clock())
            if register.flights and (kept is None or register.flights != kept.flights):
                kept = await self._kept(self._file, register)
            await asyncio.sleep(KEEP_EVERY_S)

    async def _kept(self, file: RegisterFile, register: Register) -> Register | None:
        try:
            await asyncio.to_thread(file.store, register)
        except NotKeptError as error:
            event(_LOG, "register_not_kept", level=logging.ERROR, why=str(error))
            return None
        return register

    def register(self) -> dict[str, Any]:
        """Return the register of flights."""
        return self._flights.register(self._clock()).model_dump(mode="json")

    def about(self) -> dict[str, Any]:
        """Return the mission and who answers for it."""
        return self._about().model_dump(mode="json")

    def _about(self) -> About:
        utc_ns, station = self._clock(), self._settings.station
        return About(
            utc=minute_of(utc_ns),
            station=station.name,
            is_replay=self._settings.replay is not None,
            exercise=station.exercise,
            state=mission_state(self._mission, utc_ns).value,
            mission=self._told,
            standing_cameras=sum(table.system_id is None for table in self._settings.camera),
            key_fingerprint=fingerprint_in(station.state_dir),
            **self._settings.public.model_dump(),
        )

    def page(self, language: str) -> str:
        """Return the page; drawn anew only when something in it has changed, however often it is asked for."""
        about, register, release = self._about(), self._flights.register(self._clock()), self._release()
        made_of = about, register, release and (release["utc"], release["state"])
        if (drawn := self._drawn.get(language)) is None or drawn[0] != made_of:
            told = None if release is None else read(Release, release, where="public map")
            drawn = made_of, page(about, register, told, language=language, links=SERVED)
            self._drawn[language] = drawn
        return drawn[1]


def public_desk(
    settings: Settings,
    mission: Mission,
    *,
    clock: Callable[[], int],
    release: Callable[[], dict[str, Any] | None],
) -> PublicDesk:
    """Return the desk of a station, over the folder that outlives a restart.

    Raises:
        BadInputError: the register is damaged.
    """
    state_dir: Path = settings.station.state_dir
    file = None if settings.replay is not None else RegisterFile(state_dir / REGISTER_FILE)
    return PublicDesk(settings, mission, file=file, clock=clock, release=release)
