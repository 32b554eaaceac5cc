"""Faults in what a vehicle says: frames in, the same frames with the fault in them out; of any autopilot.

Only messages that a fault touches are changed, and they keep system id, component id and version. Signed frames pass
unchanged: a new signature would need the key.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from pymavlink.dialects.v20 import all as dialect
from pymavlink.generator.mavcrc import x25crc

from flightlink.mavlink.framing import MAGIC_1, MAGIC_2, SIGNED, Frame, frame_at
from flightlink.mavlink.messages import CRC_EXTRA, READ, MessageDecoder
from sitl.faulty.changes import CHANGES, EVERY_OTHER, UNKNOWN, shift_clock
from sitl.world.faults import Fault, FaultBoard, FaultKind

_MS: Final = 1000


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
        self._heard: Counter[int] = Counter()

    def rewritten(self, t_s: float, datagram: bytes) -> bytes:
        """Return a datagram of the vehicle as it says it at seconds since the world began; empty for silence."""
        changes, boot = self._changes(t_s), self._boot(t_s)
        is_mute = self._board.is_on(FaultKind.TIMESYNC_SILENT, t_s)
        if not (changes or is_mute) and boot is None:
            return datagram
        out, begin = bytearray(), 0
        while begin < len(datagram):
            frame = frame_at(datagram, begin)
            if frame is None:
                out += datagram[begin : begin + 1]
            elif not (is_mute and self._is_answer(frame)):
                out += self._frame(frame, t_s, changes, boot)
            begin += 1 if frame is None else len(frame.raw)
        return bytes(out)

    def _is_answer(self, frame: Frame) -> bool:
        """Say whether a frame answers a question for the time."""
        if frame.message_id != dialect.MAVLINK_MSG_ID_TIMESYNC:
            return False
        message: Any = self._decoder.decode(frame.raw)
        return message is not None and message.tc1 != 0

    def _changes(self, t_s: float) -> list[Fault]:
        return [fault for fault in self._board.faults if fault.kind in CHANGES and fault.is_on(t_s)]

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

    def _frame(self, frame: Frame, t_s: float, changes: list[Fault], boot: _Boot | None) -> bytes:
        if frame.raw[0] == MAGIC_2 and frame.raw[2] & SIGNED:
            return frame.raw
        message: Any = self._decoder.decode(frame.raw) if _is_touched(frame.message_id) else None
        sequence = frame.sequence if boot is None else boot.sequence(frame.component_id)
        if message is None:
            return _renumbered(frame, sequence)
        self._heard[frame.message_id] += 1
        if boot is not None:
            boot.change(message, t_s)
        for fault in changes:
            if self._befalls(fault, frame.message_id):
                CHANGES[fault.kind](message, fault)
        return self._packed(frame, message, sequence)

    def _befalls(self, fault: Fault, message_id: int) -> bool:
        if fault.kind not in EVERY_OTHER:
            return True
        return EVERY_OTHER[fault.kind] == message_id and self._heard[message_id] % 2 == 1

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
        shift_clock(message, self._shift_ms or 0)
        if t_s - self._fault.from_s < self._fault.fix_after_s:
            _forget_place(message)


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
