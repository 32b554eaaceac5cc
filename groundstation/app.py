"""The one place that knows every room of the station: settings in, a running station with its pages out."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from flightlink.links.tlog_link import first_utc_ns
from flightlink.mission import Mission
from flightlink.mission_file import load_mission, mission_from_table
from flightlink.replay_time import ReplayTime
from groundstation.audit import AUDIT_FILE, AuditFile
from groundstation.basemap.desk import MapDesk
from groundstation.errors import BadInputError, RefusedError
from groundstation.exports.desk import ExportDesk
from groundstation.health import MissionState, mission_state
from groundstation.instants import text_from_utc_ns, utc_now_ns
from groundstation.logs import event
from groundstation.pipeline import Station
from groundstation.running import running
from groundstation.sessions.entrance import Entrance, entrance_in, has_users
from groundstation.sessions.open_sessions import Lifetime
from groundstation.sessions.roles import Role
from groundstation.settings import Settings, settings_from_file, with_speed
from groundstation.settings.replayed import TLOG, utc_ns_of
from groundstation.web.application import application, served
from groundstation.web.guards import LOOPBACK_NAMES, Site
from groundstation.web.tls import tls_context
from groundstation.worker_process import WORKER_COMMAND

_LOG: Final = logging.getLogger(__name__)
REPLAY_LEAD_NS: Final = 6_000_000_000
"""Workers load their detectors in this time; then the recording begins."""


def load_station(
    settings_file: Path, mission_file: Path | None, *, speed: float | None = None
) -> tuple[Settings, Mission]:
    """Return the settings and the mission, from `[mission]` or from a file of its own; `speed` is that of a replay.

    Raises:
        BadInputError: a setting is wrong, or there is no mission, or two.
        FlightlinkError: a file cannot be read.
    """
    settings = settings_from_file(settings_file)
    if speed is not None:
        settings = with_speed(settings, speed, path=settings_file)
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
    steady: Callable[[], int] = time.monotonic_ns,
    command: Sequence[str] = WORKER_COMMAND,
) -> None:
    """Run the station and serve its pages until cancelled.

    Args:
        settings: the checked settings.
        mission: what is enforced.
        ready: told the address once it is served.
        clock: UTC now in nanoseconds; a replay has its own.
        steady: the clock that nobody can set, by which a replay runs.
        command: the program of the workers.

    Raises:
        BadInputError: the port is in use, or a camera has no place.
        FlightlinkError: a link or a camera file cannot be opened.
        RefusedError: the mission is over.
    """
    replay = replay_time(settings, steady())
    now = clock if replay is None else _recorded_now(replay, steady)
    refuse_ended(mission, now() if replay is None else replay.starts_utc_ns)
    with running():
        async with Station(settings, mission, clock=now, replay=replay, command=command) as station:
            await _served(station, settings, now, ready)


async def _served(station: Station, settings: Settings, now: Callable[[], int], ready: Callable[[str], None]) -> None:
    tls = settings.tls
    context = None if tls is None else await asyncio.to_thread(tls_context, tls.certificate, tls.key)
    site = None if tls is None else Site(names=LOOPBACK_NAMES | set(tls.names), is_secure=True)
    name = None if tls is None else tls.names[0]
    basemap = await asyncio.to_thread(MapDesk, settings.map)
    audit = AuditFile(settings.station.state_dir / AUDIT_FILE)
    exports = ExportDesk(station=settings.station.name, audit=audit, clock=now)
    web = application(
        station.outbox,
        clock=now,
        entrance=await asyncio.to_thread(_entrance, settings),
        desks=station.desks,
        pilot=station.pilot,
        zones=station.officers.zones,
        alerts=station.officers.alerts,
        incidents=station.officers.log,
        lookouts=station.officers.lookouts,
        pages=station.pages,
        basemap=basemap,
        exports=exports,
        site=site,
    )
    station_table = settings.station
    async with served(web, host=station_table.host, port=station_table.port, tls=context, name=name) as address:
        ready(address)
        await station.run()


def _entrance(settings: Settings) -> Entrance:
    """Return who may come in; where nobody may, say how that is mended."""
    table, state_dir = settings.sign_in, settings.station.state_dir
    entrance = entrance_in(
        state_dir,
        lifetime=Lifetime(idle_s=60 * table.idle_min, longest_s=3600 * table.longest_h),
        clock=utc_now_ns,
        steady_s=time.monotonic,
        by_itself=Role.SUPERVISOR if table.by_itself else None,
    )
    if not table.by_itself and not has_users(state_dir):
        mend = f"groundstation users add NAME --role supervisor --state {state_dir}"
        event(_LOG, "nobody_can_sign_in", level=logging.WARNING, only_public_is_served=True, mend=mend)
    return entrance


def replay_time(settings: Settings, steady_ns: int) -> ReplayTime | None:
    """Return the clock of a replay that begins in some seconds, when workers have started; None for a live station.

    Raises:
        LinkError: a recording of telemetry cannot be read.
    """
    if settings.replay is None:
        return None
    logs = [first_utc_ns(Path(link.url.removeprefix(TLOG))) for link in settings.link]
    videos = [utc_ns_of(camera.video_starts_utc) for camera in settings.camera if camera.video_starts_utc is not None]
    starts_ns = settings.replay.starts_utc_ns
    return ReplayTime(
        starts_utc_ns=min([*logs, *videos]) if starts_ns is None else starts_ns,
        starts_steady_ns=steady_ns + REPLAY_LEAD_NS,
        speed=settings.replay.speed,
    )


def _recorded_now(replay: ReplayTime, steady: Callable[[], int]) -> Callable[[], int]:
    return lambda: replay.utc_ns(steady())


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
