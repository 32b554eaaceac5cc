"""What officers do at a station, put together over the folder that outlives a restart: zones, alerts, log, lookouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from flightlink.mission import Mission
from groundstation.alerts.desk import AlertDesk, Publish
from groundstation.alerts.store import ACKNOWLEDGEMENTS_FILE, AcknowledgementFile
from groundstation.audit import AUDIT_FILE, AuditFile
from groundstation.flight import epsg_of
from groundstation.incidents.desk import IncidentDesk
from groundstation.incidents.shelf import Shelf
from groundstation.incidents.store import LOG_FILE, LogFile
from groundstation.lookouts.desk import LookoutDesk
from groundstation.lookouts.desk import Shelf as MapShelf
from groundstation.lookouts.store import LOOKOUTS_FILE, LookoutFile
from groundstation.outbox import Outbox, Topic
from groundstation.zones.board import ZoneBoard
from groundstation.zones.store import ZONES_FILE, ZoneFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Officers:
    """Where officers draw zones, acknowledge alerts, write the log and ask for eyes; all write to one audit."""

    zones: ZoneBoard
    alerts: AlertDesk
    log: IncidentDesk
    lookouts: LookoutDesk


def officers(
    state_dir: Path,
    mission: Mission,
    *,
    clock: Callable[[], int],
    publish: Publish,
    is_replay: bool,
    outbox: Outbox | None = None,
    cameras: Mapping[int, frozenset[str]] = MappingProxyType({}),
) -> Officers:
    """Return what officers have in a station.

    Args:
        state_dir: folder of what must outlive a restart.
        mission: in whose area zones lie.
        clock: UTC now in nanoseconds.
        publish: told the alerts as they are served.
        is_replay: recordings are not acknowledged.
        outbox: where the incident log and the requests for eyes read what is published, and are published themselves.
        cameras: names of the cameras by the vehicle that carries them.

    Raises:
        BadInputError: what is kept is damaged.
    """
    audit = AuditFile(state_dir / AUDIT_FILE)
    zones = ZoneFile(state_dir / ZONES_FILE)
    alerts = AcknowledgementFile(state_dir / ACKNOWLEDGEMENTS_FILE)
    outbox = Outbox(()) if outbox is None else outbox
    shelf = _shelf(outbox)
    log = IncidentDesk(file=LogFile(state_dir / LOG_FILE), audit=audit, clock=clock, shelf=shelf, is_replay=is_replay)
    return Officers(
        zones=ZoneBoard(mission, epsg=epsg_of(mission), file=zones, audit=audit, clock=clock),
        alerts=AlertDesk(file=alerts, audit=audit, clock=clock, publish=publish, is_replay=is_replay, heard=log),
        log=log,
        lookouts=LookoutDesk(
            mission,
            epsg=epsg_of(mission),
            file=LookoutFile(state_dir / LOOKOUTS_FILE),
            audit=audit,
            clock=clock,
            shelf=MapShelf(
                lambda: outbox.document(Topic.DENSITY), lambda document: outbox.put(Topic.LOOKOUTS, document)
            ),
            cameras=cameras,
            is_replay=is_replay,
        ),
    )


def _shelf(outbox: Outbox) -> Shelf:
    return Shelf(lambda topic: outbox.document(Topic(topic)), lambda document: outbox.put(Topic.LOG, document))
