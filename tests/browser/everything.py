"""A station with something of all that a page can show: alerts, zones, files, points to mend, the public."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from groundstation.audit import AuditFile
from groundstation.exports.desk import ExportDesk
from groundstation.preflight.points import Point, check_document
from tests.browser.officers_here import SQUARE, Desk, dense, surge, zone
from tests.browser.station import Station
from tests.browser.test_public import Pages
from tests.browser.tying import desk
from tests.browser.world import geodetic

POINTS: Final = (
    Point(point="settings", about="station", word="settings_fine", values=("1", "2")),
    Point(point="clock", about="station", word="clock_off", values=("1", "+7.5")),
    Point(point="link", about="north", word="link_lossy", values=("12.4%", "5%")),
    Point(point="seal", about="north", word="seal_holds", values=("landlock, seccomp",)),
)
ZONES: Final = [
    zone("Grand’Place", 9000, SQUARE),
    zone("Parvis", 120, [(3.0, 5.0), (12.0, 5.0), (12.0, 14.0), (3.0, 14.0)]),
]


def furnish(station: Station, folder: Path) -> None:
    """Give a station that has not started everything."""
    station.desk = Desk(station.outbox, folder)
    station.desk.alerts = [dense(5, 5, critical=True, seconds_ago=190.5), surge(9, 9, seconds_ago=63.5)]
    station.desks["north"] = desk(station.shown, folder, [])
    station.exports = ExportDesk(station="test", audit=AuditFile(folder / "audit.jsonl"), clock=time.time_ns)
    station.outbox.check = check_document(POINTS, utc_ns=time.time_ns())
    station.pages = Pages()


@contextmanager
def running(station: Station, folder: Path) -> Iterator[Station]:
    """Run a furnished station, with its zones drawn."""
    furnish(station, folder)
    assert station.desk is not None
    for one in ZONES:
        asyncio.run_coroutine_threadsafe(station.desk.officers.zones.add(one), station.loop).result(5)
    eyes = station.desk.officers.lookouts.ask({"lon_lat": geodetic([(20.0, 4.0)])[0], "note": "Quai est"})
    asyncio.run_coroutine_threadsafe(eyes, station.loop).result(5)
    station.start()
    yield station
    station.stop()
