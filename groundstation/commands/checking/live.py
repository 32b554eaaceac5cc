"""Runs the station for some seconds without serving any page, and returns what it saw as points."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flightlink.errors import LinkError, MissionError
from flightlink.mission import Mission
from flightlink.mission_file import load_mission, mission_from_table
from groundstation.commands.checking.seal_test import seal_point
from groundstation.errors import BadInputError
from groundstation.pipeline import Station
from groundstation.preflight.points import STATION, Point
from groundstation.preflight.preflight import folders_written
from groundstation.settings import Settings, settings_from_file
from groundstation.worker_process import WORKER_COMMAND
from maps.errors import TerrainError

_SPOKEN_EVERY_S: Final = 2.0
_LOOKED_EVERY_S: Final = 0.5
NOTHING_ALLOWED: Final = Mission(
    area=((0.0, 0.0), (0.001, 0.0), (0.0, 0.001)), starts_utc_ns=0, ends_utc_ns=1, min_agl_m=0.0, max_agl_m=1.0,
    purpose="pre-flight without a mission",
)  # fmt: skip
"""Stands in where there is no mission: it ended in 1970, so no pixel and no count can pass."""


Enough = Callable[[Sequence[Point]], bool]
"""Whether these points are all that was wanted, before the time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked at."""

    settings: Settings
    mission: Mission | None
    mission_fault: str
    """Why there is no mission; empty where none was given."""
    seconds: float


def asked_from_files(settings_file: Path, mission_file: Path | None, *, seconds: float) -> Asked:
    """Return what the files say; a wrong mission is a point, wrong settings are an error.

    Raises:
        BadInputError: a setting is wrong, there are two missions, or it is the station of a replay.
        FlightlinkError: the settings cannot be read.
    """
    settings = settings_from_file(settings_file)
    if settings.replay is not None:
        raise BadInputError(f"{settings_file}: has [replay]: a recording needs no pre-flight; leave [replay] out")
    if mission_file is not None and settings.mission is not None:
        raise BadInputError(f"{settings_file}: has a [mission] and --mission is given too; keep one of them")
    try:
        mission, fault = _mission(settings, settings_file, mission_file), ""
    except MissionError as error:
        mission, fault = None, str(error)
    return Asked(settings=settings, mission=mission, mission_fault=fault, seconds=seconds)


def _mission(settings: Settings, settings_file: Path, mission_file: Path | None) -> Mission | None:
    if mission_file is not None:
        return load_mission(mission_file)
    return None if settings.mission is None else mission_from_table(settings.mission, settings_file.resolve().parent)


def points_of(
    asked: Asked,
    told: Callable[[str], None],
    *,
    clock: Callable[[], int] = time.time_ns,
    command: Sequence[str] = WORKER_COMMAND,
    enough: Enough = lambda _: False,
) -> list[Point]:
    """Run the station for as long as is asked and return all points.

    Args:
        asked: what is looked at.
        told: hears now and then, in a line, how far it is.
        clock: UTC now in nanoseconds.
        command: the program of the workers.
        enough: asked every half second; ends the look early.

    Raises:
        BadInputError: a camera has no place.
        FlightlinkError: a camera file or the address of a link is wrong.
    """
    return asyncio.run(_Look(told=told, clock=clock, command=command, enough=enough).points(asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    told: Callable[[str], None]
    clock: Callable[[], int]
    command: Sequence[str]
    enough: Enough

    async def points(self, asked: Asked) -> list[Point]:
        """Look; a link or a height model that cannot be opened is a point, and the rest is looked at without any."""
        more = await taken_port(asked.settings)
        try:
            points = await self._looked(asked)
        except (LinkError, TerrainError) as error:
            is_link = isinstance(error, LinkError)
            word, left_out = ("link_broken", {"link": ()}) if is_link else ("ground_wrong", {"ground": None})
            more += [Point(point=word.split("_")[0], about=STATION, word=word, values=(str(error),))]
            points = await self._looked(replace(asked, settings=asked.settings.model_copy(update=left_out)))
        if any(point.word == "seal_unknown" for point in points):
            known = [point for point in points if point.word != "seal_unknown"]
            points = [*known, await seal_point(self.command)]
        return [*points, *more]

    async def _looked(self, asked: Asked) -> list[Point]:
        mission = asked.mission or NOTHING_ALLOWED
        silent = asked.settings.model_copy(update={"record": None})  # a look writes no flight down
        async with Station(silent, mission, clock=self.clock, command=self.command) as station:
            station.preflight.folders = folders_written(asked.settings)
            if asked.mission is None:
                station.preflight.without_mission(asked.mission_fault)
            running = asyncio.create_task(station.run(), name="pre-flight")
            try:
                await self._wait(station, running, asked.seconds)
                return station.points(self.clock())
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running

    async def _wait(self, station: Station, running: asyncio.Task[None], seconds: float) -> None:
        begun_s = spoke_s = time.monotonic()
        while (now_s := time.monotonic()) - begun_s < seconds and not running.done():
            points = station.points(self.clock())
            if self.enough(points):
                return
            if now_s - spoke_s >= _SPOKEN_EVERY_S:
                spoke_s = now_s
                self.told(_progress(points, now_s - begun_s, seconds))
            await asyncio.sleep(min(_LOOKED_EVERY_S, seconds))


async def taken_port(settings: Settings) -> list[Point]:
    """Return a point where the port of the pages cannot be opened, nothing where it can."""
    host, port = settings.station.host, settings.station.port
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError:
        return [Point(point="settings", about=STATION, word="port_taken", values=(str(port), host))]
    server.close()
    await server.wait_closed()
    return []


def _progress(points: Sequence[Point], passed_s: float, seconds: float) -> str:
    red = ", ".join(dict.fromkeys(f"{point.about} {point.point}" for point in points if not point.ok)) or "nothing"
    return f"check: {passed_s:.0f} of {seconds:.0f} s; red so far: {red}"


def document_of(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Return the points as `--json` prints them."""
    return [
        {"point": point.point, "about": point.about, "ok": point.ok, "says": point.says, "mend": point.mend}
        for point in points
    ]
