"""The telemetry log of a station: opened from its settings; when the disk stops taking it, that is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from flightlink.links.link import FlightLinks
from flightlink.logbook.logbook import Logbook, LogbookStatus
from groundstation.logs import event
from groundstation.settings import Settings

_LOG: Final = logging.getLogger(__name__)


def logbook_of(settings: Settings, links: FlightLinks, clock: Callable[[], int]) -> Logbook | None:
    """Return what writes the telemetry down, None where the settings name no folder for it."""
    if settings.record is None:
        return None
    logbook = Logbook(settings.record.folder, settings.record.limits, now_ns=clock, changed=_tell_of_logbook)
    links.subscribe_frames(logbook.take)
    return logbook


def _tell_of_logbook(status: LogbookStatus) -> None:
    """Log that the disk stopped taking telemetry, or takes it again."""
    if status.error:
        event(_LOG, "logbook_fails", level=logging.ERROR, why=status.error, frames_lost=status.frames_lost)
    else:
        event(_LOG, "logbook_writes", frames_lost=status.frames_lost)
