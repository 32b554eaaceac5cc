"""A station of one camera on one vehicle as facts: all green until a test says otherwise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flightlink.links.statuses import LinkStatus
from flightlink.mission import Mission
from flightlink.vehicle.state import LinkState, VehicleState, WayState
from groundstation.instants import utc_ns_from_text
from groundstation.preflight.cameras import CameraSeen
from groundstation.preflight.machine import Folder, Machine
from groundstation.preflight.points import Point
from groundstation.preflight.preflight import Preflight
from groundstation.settings import settings_from_table
from tests.groundstation.messages import hear
from vision.wire import Opened, WorkerHealth

NOW = utc_ns_from_text("2026-12-01T12:00:00Z")
FINE_MACHINE = Machine(
    folders=(Folder(path="logs", free_bytes=5_000_000_000, fault=""),), weights={"person": True, "face": True},
    clock_in_step=True,
)  # fmt: skip
OPENED = Opened(
    width_px=640, height_px=480, fps=10.0, codec="avc1.42C00A", sealed=True, seal={"seccomp": "holds", "swap": "no"}
)
HEALTH = WorkerHealth(
    utc_ns=NOW, frames_in=50, frames_out=50, frames_withheld=0, withheld_because={}, gate="open", fps=9.8,
    latency_ms=40.0, masked_share=0.1, cap_px_per_m=20.0, count_rate_hz=2.5, pose_from="mavlink", time_from="arrival",
    time_error_ms=30.0,
)  # fmt: skip
LINK = LinkStatus(address="udpin://127.0.0.1:14550", port=14550, peers=1, frames=900, junk_bytes=0, error="")
STATE = VehicleState(
    system_id=1, utc_ns=NOW, link=LinkState.OK, link_age_s=0.1, lat_deg=48.857, lon_deg=2.352, alt_home_m=60.0,
    yaw_deg=90.0, battery_percent=80.0, mode="AUTO", armed=True, loss_share=0.001, messages_per_s=50.0, uid2="01",
    round_trip_ms=6.0, gps_minus_station_s=-0.3, alarms=(),
)  # fmt: skip


WAY = WayState(
    system_id=1, link=LINK.address, peer="127.0.0.1:9", state=LinkState.OK, age_s=0.1, loss_share=0.0,
    round_trip_ms=6.0, round_trip_age_s=0.4, is_used=True, missing=(), refused=("ATTITUDE",),
)  # fmt: skip


class Looked:
    """A station of one camera on one vehicle, all green until a test says otherwise."""

    def __init__(self, mission: Mission, seen: CameraSeen, folder: Path) -> None:
        table = {
            "link": [{"url": LINK.address}],
            "camera": [{"name": "north", "video": "udp://127.0.0.1:5600", "system_id": 1}],
        }
        self.preflight = Preflight(settings_from_table(table, path=folder / "station.toml"), mission)
        self.preflight.machine = FINE_MACHINE
        self.links: tuple[LinkStatus, ...] = (LINK,)
        self.vehicles: Mapping[int, VehicleState] = {1: STATE}
        self.seen = seen
        self.gimbal: dict[str, Any] = {}

    def points(self, *, mute: tuple[str, ...] = (), utc_ns: int = NOW) -> list[Point]:
        hear(self.preflight.ear, until_utc_ns=utc_ns, mute=mute, gimbal=self.gimbal)
        return list(self.preflight.points(utc_ns, links=self.links, vehicles=self.vehicles, cameras=[self.seen]))

    def red(self, **how: Any) -> list[str]:
        points = self.points(**how)
        assert all(point.says and bool(point.mend) is not point.ok for point in points)
        return [point.word for point in points if not point.ok]
