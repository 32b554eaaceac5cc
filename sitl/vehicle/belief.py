"""What the built-in vehicle tells its camera, with the faults in it that befall its telemetry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pymavlink.dialects.v20 import all as dialect

from sitl.faulty.rewrite import Rewriter
from sitl.vehicle.believed import Believed, Heard, believed_from
from sitl.vehicle.flown import FlownVehicle
from sitl.vehicle.telemetry import MESSAGES
from sitl.world.faults import FaultKind

HEARD_EVERY_NS: Final[Mapping[int, int]] = {
    dialect.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 100_000_000,
    dialect.MAVLINK_MSG_ID_ATTITUDE: 50_000_000,
    dialect.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: 50_000_000,
    dialect.MAVLINK_MSG_ID_CAMERA_FOV_STATUS: 500_000_000,
}
"""How often a camera asks its autopilot for each message."""


def belief_of(vehicle: FlownVehicle, *, epoch_utc_ns: int) -> Callable[[float], Believed]:
    """Return what the vehicle's camera believes, by seconds since the world began."""
    rewriter, link = Rewriter(vehicle.board), dialect.MAVLink(None)

    def newest(message_id: int, age_ns: int, t_s: float) -> Heard:
        report = vehicle.report_at(vehicle.boot.boot_ns_at(t_s) - age_ns)
        datagram = rewriter.rewritten(t_s - age_ns / 1e9, bytes(MESSAGES[message_id](report).pack(link)))
        return link.decode(bytearray(datagram)), round(age_ns / 1e6)

    def believed_at(t_s: float) -> Believed:
        boot_ns = vehicle.boot.boot_ns_at(t_s)
        ages = {message_id: boot_ns % every_ns for message_id, every_ns in HEARD_EVERY_NS.items()}
        silent = vehicle.board.is_on(FaultKind.RESTART, t_s)
        heard = {} if silent else {message_id: newest(message_id, age, t_s) for message_id, age in ages.items()}
        return believed_from(heard, utc_us=round(epoch_utc_ns / 1e3 + 1e6 * t_s))

    return believed_at
