"""`QuickDecoder`: the messages that come often, unpacked straight from a checked frame; the rest by pymavlink.

The layouts are pymavlink's own tables, so both decoders give the same values; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast

from pymavlink.dialects.v20 import all as dialect

from flightlink.mavlink.framing import MAGIC_2
from flightlink.mavlink.messages import (
    ATTITUDE,
    BATTERY_STATUS,
    CAMERA_FOV_STATUS,
    GIMBAL_DEVICE_ATTITUDE_STATUS,
    GLOBAL_POSITION_INT,
    GPS_RAW_INT,
    HEARTBEAT,
    MOUNT_STATUS,
    SYS_STATUS,
    SYSTEM_TIME,
    TIMESYNC,
    Message,
    MessageDecoder,
)

_PAYLOAD_AT: Final = 10
QUICK: Final = (
    HEARTBEAT,
    SYS_STATUS,
    SYSTEM_TIME,
    GPS_RAW_INT,
    ATTITUDE,
    GLOBAL_POSITION_INT,
    TIMESYNC,
    MOUNT_STATUS,
    BATTERY_STATUS,
    CAMERA_FOV_STATUS,
    GIMBAL_DEVICE_ATTITUDE_STATUS,
)


class _Layout(NamedTuple):
    """How one message is read."""

    unpack: Callable[[bytes], tuple[Any, ...]]
    payload_bytes: int
    make: Callable[[tuple[Any, ...]], Message]


def _layout(message_id: int) -> _Layout:
    kind = dialect.mavlink_map[message_id]
    name = str(kind.msgname)
    fields = {field: property(itemgetter(place)) for place, field in enumerate(kind.ordered_fieldnames)}
    words = {"__slots__": (), "get_type": lambda _: name, "get_msgId": lambda _: message_id}
    make = cast(
        "Callable[[tuple[Any, ...]], Message]", partial(tuple.__new__, type(name, (tuple,), {**words, **fields}))
    )
    lengths = list(kind.array_lengths)  # in the order of the payload
    return _Layout(kind.unpacker.unpack, kind.unpacker.size, _gathering(make, lengths) if any(lengths) else make)


def _gathering(make: Callable[[tuple[Any, ...]], Message], lengths: list[int]) -> Callable[[tuple[Any, ...]], Message]:
    """Return a maker that takes the numbers of each array field together, in a sequence."""
    begins = [sum(max(1, length) for length in lengths[:place]) for place in range(len(lengths))]
    parts = list(zip(begins, lengths, strict=True))

    arrays = [(at, at + length) for at, length in parts if length]
    if len(arrays) == 1:
        ((begin, end),) = arrays
        return lambda flat: make((*flat[:begin], flat[begin:end], *flat[end:]))

    def gathered(flat: tuple[Any, ...]) -> Message:
        return make(tuple(list(flat[at : at + length]) if length else flat[at] for at, length in parts))

    return gathered


_LAYOUTS: Final = {message_id: _layout(message_id) for message_id in QUICK}


class QuickDecoder:
    """Decodes whole frames whose checksum is good; keeps no state of any sender."""

    def __init__(self) -> None:
        self._decoder = MessageDecoder()

    def decode(self, message_id: int, raw: bytes) -> Message | None:
        """Return the message of one whole frame, or None where its payload is not what its id promises."""
        layout = _LAYOUTS.get(message_id)
        if layout is None or raw[0] != MAGIC_2:
            return self._decoder.decode(raw)
        length = min(raw[1], layout.payload_bytes)
        payload = raw[_PAYLOAD_AT : _PAYLOAD_AT + length].ljust(layout.payload_bytes, b"\0")
        return layout.make(layout.unpack(payload))
