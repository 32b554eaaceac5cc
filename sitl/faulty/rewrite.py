"""Faults in what a vehicle says: frames in, the same frames with the fault in them out; of any autopilot.

Only messages that a fault touches are changed, and they keep system id, component id and version. Signed frames pass
unchanged: a new signature would need the key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from pymavlink.dialects.v20 import all as dialect
from pymavlink.generator.mavcrc import x25crc

from flightlink.framing import MAGIC_1, MAGIC_2, SIGNED, Frame, frame_at
from flightlink.messages import AUTOPILOT_VERSION, CRC_EXTRA, READ, MessageDecoder
from maps.geodesy import geodetic_from_enu
from sitl.world.faults import Fault, FaultBoard, FaultKind

Change = Callable[[Any, Fault], None]

UNKNOWN: Final = 2**31 - 1
_MS: Final = 1000
_PLACES: Final = (("lat", "lon"), ("lat_camera", "lon_camera"))
_YAW_FRAMES: Final = dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME | dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME
_EMPTY_VOLTAGE: Final = 0.8
"""Of a pack's full voltage, when nothing is left in it."""


class Rewriter:
    """The faults of one vehicle's telemetry.

    Args:
        board: the faults.
    """

    def __init__(self, board: FaultBoard) -> None:
        self._board = board
        self._decoder = MessageDecoder()
        self._packer = dialect.MAVLink(None)
        self._boots: dict[int, _Boot] = {}
        self._versions = 0

    def rewritten(self, t_s: float, datagram: bytes) -> bytes:
        """Return a datagram of the vehicle as it says it at seconds since the world began."""
        changes, boot = self._changes(t_s), self._boot(t_s)
        if not changes and boot is None:
            return datagram
        out, begin = bytearray(), 0
        while begin < len(datagram):
            frame = frame_at(datagram, begin)
            out += datagram[begin : begin + 1] if frame is None else self._frame(frame, t_s, changes, boot)
            begin += 1 if frame is None else len(frame.raw)
        return bytes(out)

    def _changes(self, t_s: float) -> list[tuple[Change, Fault]]:
        return [(_CHANGES[fault.kind], fault) for fault in self._board.faults if _changes_now(fault, t_s)]

    def _boot(self, t_s: float) -> _Boot | None:
        """Return the newest restart behind us."""
        past = [
            (fault.from_s, number)
            for number, fault in enumerate(self._board.faults)
            if fault.kind is FaultKind.RESTART and fault.from_s <= t_s
        ]
        if not past:
            return None
        number = max(past)[1]
        if number not in self._boots:
            self._boots[number] = _Boot(self._board.faults[number])
        return self._boots[number]

    def _frame(self, frame: Frame, t_s: float, changes: list[tuple[Change, Fault]], boot: _Boot | None) -> bytes:
        if frame.raw[0] == MAGIC_2 and frame.raw[2] & SIGNED:
            return frame.raw
        message: Any = self._decoder.decode(frame.raw) if _is_touched(frame.message_id) else None
        sequence = frame.sequence if boot is None else boot.sequence(frame.component_id)
        if message is None:
            return _renumbered(frame, sequence)
        if frame.message_id == AUTOPILOT_VERSION:
            self._versions += 1
        if boot is not None:
            boot.change(message, t_s)
        for change, fault in changes:
            if change is not _second_uid or self._versions % 2:
                change(message, fault)
        return self._packed(frame, message, sequence)

    def _packed(self, frame: Frame, message: Any, sequence: int) -> bytes:
        self._packer.srcSystem, self._packer.srcComponent = frame.system_id, frame.component_id
        self._packer.seq = sequence
        return bytes(message.pack(self._packer, force_mavlink1=frame.raw[0] == MAGIC_1))


class _Boot:
    """One restart: what it did to clock, numbers and fix."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._numbers: dict[int, int] = {}
        self._shift_ms: int | None = None

    def sequence(self, component_id: int) -> int:
        """Return the next number of a component."""
        number = self._numbers.get(component_id, 0)
        self._numbers[component_id] = (number + 1) % 256
        return number

    def change(self, message: Any, t_s: float) -> None:
        """Count from the restart, and know no place until the fix."""
        told_ms = _boot_ms(message)
        if told_ms is not None and self._shift_ms is None:
            self._shift_ms = round((t_s - self._fault.from_s) * _MS) - told_ms
        _shift_clock(message, self._shift_ms or 0)
        if t_s - self._fault.from_s < self._fault.fix_after_s:
            _forget_place(message)


def _changes_now(fault: Fault, t_s: float) -> bool:
    return fault.kind in _CHANGES and fault.is_on(t_s)


def _is_touched(message_id: int) -> bool:
    """Say whether a message has a field that a fault may change; all others only get a new number."""
    return message_id in READ or "time_boot_ms" in dialect.mavlink_map[message_id].fieldnames


def _boot_ms(message: Any) -> int | None:
    if message.get_type() == "TIMESYNC":
        return int((message.tc1 or message.ts1) // 1_000_000)
    return int(message.time_boot_ms) if hasattr(message, "time_boot_ms") else None


def _renumbered(frame: Frame, sequence: int) -> bytes:
    """Return a frame with another number and the checksum of that."""
    raw = bytearray(frame.raw)
    raw[4 if raw[0] == MAGIC_2 else 2] = sequence
    crc = x25crc(bytes(raw[1:-2]) + bytes((CRC_EXTRA[frame.message_id],))).crc
    return bytes(raw[:-2]) + int(crc).to_bytes(2, "little")


def _shift_clock(message: Any, by_ms: int) -> None:
    if hasattr(message, "time_boot_ms"):
        message.time_boot_ms = max(0, message.time_boot_ms + by_ms) % 2**32
    if message.get_type() == "GPS_RAW_INT":
        message.time_usec = max(0, message.time_usec + by_ms * _MS)
    if message.get_type() == "TIMESYNC":
        field = "tc1" if message.tc1 else "ts1"
        setattr(message, field, max(1, getattr(message, field) + by_ms * 1_000_000))


def _jump_clock(message: Any, fault: Fault) -> None:
    _shift_clock(message, round(fault.by_s * _MS))


def _glitch(message: Any, fault: Fault) -> None:
    east_m, north_m = np.array([fault.east_m]), np.array([fault.north_m])
    for lat_name, lon_name in _PLACES:
        lat, lon = getattr(message, lat_name, 0), getattr(message, lon_name, 0)
        if UNKNOWN not in (lat, lon) and (lat, lon) != (0, 0):
            moved = geodetic_from_enu(lat / 1e7, lon / 1e7, 0.0, east_m, north_m, 0.0)
            setattr(message, lat_name, round(float(moved[0][0]) * 1e7))
            setattr(message, lon_name, round(float(moved[1][0]) * 1e7))


def _forget_place(message: Any) -> None:
    match message.get_type():
        case "GLOBAL_POSITION_INT":
            message.lat = message.lon = message.alt = message.relative_alt = 0
        case "GPS_RAW_INT":
            message.lat = message.lon = message.alt = 0
            message.fix_type = dialect.GPS_FIX_TYPE_NO_FIX
        case "SYSTEM_TIME":
            message.time_unix_usec = 0
        case "CAMERA_FOV_STATUS":
            message.lat_camera = message.lon_camera = message.alt_camera = UNKNOWN


def _fail_battery(message: Any, fault: Fault) -> None:
    if message.get_type() not in {"SYS_STATUS", "BATTERY_STATUS"} or getattr(message, "id", 0) != 0:
        return
    sag = _voltage_share(fault.percent) / _voltage_share(max(0, message.battery_remaining))
    message.battery_remaining = round(fault.percent)
    if message.get_type() == "SYS_STATUS":
        message.voltage_battery = round(message.voltage_battery * sag)
        return
    message.voltages = [round(message.voltages[0] * sag), *message.voltages[1:]]
    message.charge_state = dialect.MAV_BATTERY_CHARGE_STATE_CRITICAL


def _voltage_share(percent: float) -> float:
    return _EMPTY_VOLTAGE + (1 - _EMPTY_VOLTAGE) * percent / 100


def _swap_yaw_frame(message: Any, _: Fault) -> None:
    if message.get_type() == "GIMBAL_DEVICE_ATTITUDE_STATUS":
        message.flags ^= _YAW_FRAMES if message.flags & _YAW_FRAMES else dialect.GIMBAL_DEVICE_FLAGS_YAW_LOCK


def _second_uid(message: Any, _: Fault) -> None:
    if message.get_type() == "AUTOPILOT_VERSION":
        message.uid2 = [*message.uid2[:-1], message.uid2[-1] ^ 0x80]


_CHANGES: Final[dict[FaultKind, Change]] = {
    FaultKind.GPS_GLITCH: _glitch,
    FaultKind.CLOCK_JUMP: _jump_clock,
    FaultKind.BATTERY_FAILURE: _fail_battery,
    FaultKind.YAW_FLAGS: _swap_yaw_frame,
    FaultKind.SECOND_VEHICLE: _second_uid,
}
