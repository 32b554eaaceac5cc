"""The one place that knows every room of the station: settings in, a running station with its pages out."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from flightlink.mission import Mission
from flightlink.mission_file import load_mission, mission_from_table
from groundstation.errors import BadInputError, RefusedError
from groundstation.health import MissionState, mission_state
from groundstation.instants import text_from_utc_ns, utc_now_ns
from groundstation.pipeline import Station
from groundstation.settings import Settings, settings_from_file
from groundstation.web.application import application, served
from groundstation.worker_process import WORKER_COMMAND


def load_station(settings_file: Path, mission_file: Path | None) -> tuple[Settings, Mission]:
    """Return the settings and the mission, from `[mission]` or from a file of its own.

    Raises:
        BadInputError: a setting is wrong, or there is no mission, or two.
        FlightlinkError: a file cannot be read.
    """
    settings = settings_from_file(settings_file)
    if mission_file is not None and settings.mission is not None:
        raise BadInputError(f"{settings_file}: has a [mission] and --mission is given too; keep one of them")
    if mission_file is not None:
        return settings, load_mission(mission_file)
    if settings.mission is None:
        raise BadInputError(f"{settings_file}: has no [mission]; add the table, or --mission FILE (docs/settings.md)")
    return settings, mission_from_table(settings.mission, settings_file.resolve().parent)


def refuse_ended(mission: Mission, utc_ns: int) -> None:
    """Refuse to start for a mission that is over.

    Raises:
        RefusedError: its end is past.
    """
    if mission_state(mission, utc_ns) is MissionState.ENDED:
        ended = text_from_utc_ns(mission.ends_utc_ns)
        raise RefusedError(f"the mission ended {ended}; nothing may be looked at any more; a new one is needed")


async def run_station(
    settings: Settings,
    mission: Mission,
    *,
    ready: Callable[[str], None],
    clock: Callable[[], int] = utc_now_ns,
    command: Sequence[str] = WORKER_COMMAND,
) -> None:
    """Run the station and serve its pages until cancelled.

    Args:
        settings: the checked settings.
        mission: what is enforced.
        ready: told the address once it is served.
        clock: UTC now in nanoseconds.
        command: the program of the workers.

    Raises:
        BadInputError: the port is in use, or a camera has no place.
        FlightlinkError: a link or a camera file cannot be opened.
        RefusedError: the mission is over.
    """
    refuse_ended(mission, clock())
    async with Station(settings, mission, clock=clock, command=command) as station:
        web = application(station.outbox, clock=clock)
        async with served(web, host=settings.station.host, port=settings.station.port) as address:
            ready(address)
            await station.run()


def run_until_stopped(settings: Settings, mission: Mission, *, ready: Callable[[str], None]) -> None:
    """Run the station until SIGTERM, which ends it in order; Ctrl-C raises KeyboardInterrupt after the same."""
    asyncio.run(_until_terminated(settings, mission, ready))


async def _until_terminated(settings: Settings, mission: Mission, ready: Callable[[str], None]) -> None:
    station = asyncio.ensure_future(run_station(settings, mission, ready=ready))
    asked_to_end = asyncio.Event()

    def end() -> None:
        asked_to_end.set()
        station.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    with suppress(asyncio.CancelledError):
        await station
    if not asked_to_end.is_set():
        raise asyncio.CancelledError
