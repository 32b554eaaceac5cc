"""The quick decoder and pymavlink's tell the same of every payload."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import all as dialect
from pymavlink.generator.mavcrc import x25crc

from flightlink.mavlink.framing import only_frame
from flightlink.mavlink.messages import CRC_EXTRA, MessageDecoder
from flightlink.mavlink.quick_decoder import QUICK, QuickDecoder
from tests.flightlink.packets import FakeVehicle


def framed(message_id: int, payload: bytes) -> bytes:
    head = bytes((0xFD, len(payload), 0, 0, 7, 1, 1)) + message_id.to_bytes(3, "little")
    crc = x25crc(head[1:] + payload + bytes((CRC_EXTRA[message_id],))).crc
    return bytes(head + payload + int(crc).to_bytes(2, "little"))


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return "nan" if isinstance(value, float) and math.isnan(value) else value


@given(st.sampled_from(QUICK), st.binary(max_size=255))
def test_both_decoders_tell_the_same(message_id: int, payload: bytes) -> None:
    raw = framed(message_id, payload)
    frame = only_frame(raw)
    assert frame is not None
    theirs, ours = MessageDecoder().decode(raw), QuickDecoder().decode(frame.message_id, raw)
    assert (theirs is None) == (ours is None)
    if theirs is not None and ours is not None:
        assert (ours.get_type(), ours.get_msgId()) == (theirs.get_type(), theirs.get_msgId())
        names = dialect.mavlink_map[message_id].fieldnames
        assert [plain(getattr(ours, name)) for name in names] == [plain(getattr(theirs, name)) for name in names]


def test_old_frames_and_rare_messages_are_read_too() -> None:
    vehicle, decoder = FakeVehicle(), QuickDecoder()
    old = vehicle.packed(vehicle.mavlink.attitude_encode(5, 1, 0, 0, 0, 0, 0), version_1=True)
    message = decoder.decode(30, old)
    assert message is not None
    assert (message.time_boot_ms, message.roll) == (5, 1)
    rare = decoder.decode(148, vehicle.version(b"a" * 18))
    assert rare is not None
    assert bytes(rare.uid2) == b"a" * 18
