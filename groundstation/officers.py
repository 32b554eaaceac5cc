"""What officers do at a station, zones and acknowledgements, put together over the folder that outlives a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flightlink.mission import Mission
from groundstation.alerts.desk import AlertDesk, Publish
from groundstation.alerts.store import ACKNOWLEDGEMENTS_FILE, AcknowledgementFile
from groundstation.audit import AUDIT_FILE, AuditFile
from groundstation.flight import epsg_of
from groundstation.zones.board import ZoneBoard
from groundstation.zones.store import ZONES_FILE, ZoneFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Officers:
    """Where officers draw zones, and where they acknowledge alerts; both write to one audit."""

    zones: ZoneBoard
    alerts: AlertDesk


def officers(
    state_dir: Path, mission: Mission, *, clock: Callable[[], int], publish: Publish, is_replay: bool
) -> Officers:
    """Return what officers have in a station.

    Args:
        state_dir: folder of what must outlive a restart.
        mission: in whose area zones lie.
        clock: UTC now in nanoseconds.
        publish: told the alerts as they are served.
        is_replay: recordings are not acknowledged.

    Raises:
        BadInputError: what is kept is damaged.
    """
    audit = AuditFile(state_dir / AUDIT_FILE)
    zones = ZoneFile(state_dir / ZONES_FILE)
    alerts = AcknowledgementFile(state_dir / ACKNOWLEDGEMENTS_FILE)
    return Officers(
        zones=ZoneBoard(mission, epsg=epsg_of(mission), file=zones, audit=audit, clock=clock),
        alerts=AlertDesk(file=alerts, audit=audit, clock=clock, publish=publish, is_replay=is_replay),
    )
