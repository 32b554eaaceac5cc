"""Our framing and decoding of MAVLink beside pymavlink's own parser, datagram by datagram."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Final

from pymavlink.dialects.v20 import all as dialect

from flightlink.framing import Framer
from flightlink.messages import MessageDecoder
from flightlink.tlog import TlogReader
from groundstation.benchmarks.clips import recording
from groundstation.benchmarks.timing import cpu_seconds_of
from groundstation.errors import StationError

INSTANTS: Final = 1500
QUICK_INSTANTS: Final = 60
ROUNDS: Final = 5


def measured(*, quick: bool) -> dict[str, Any]:
    """Return CPU microseconds per message of ours and of pymavlink, on made packets and on a real log if there is one.

    Raises:
        StationError: the two do not find the same messages.
    """
    instants, rounds = (QUICK_INSTANTS, 1) if quick else (INSTANTS, ROUNDS)
    streams = {"generated": list(generated(instants))}
    log = recording("sitl_tlog/sitl_v1.tlog")
    if log is not None:
        streams["recorded"] = [frame.raw for _, frame in TlogReader(log).frames()][: len(streams["generated"]) * 2]
    figures = {name: stream_figures(packets, rounds) for name, packets in streams.items()}
    worst = min(part["ratio_to_pymavlink"] for part in figures.values())
    return {"ratio_to_pymavlink": worst, "rounds": rounds, "streams": figures}


def stream_figures(packets: Sequence[bytes], rounds: int) -> dict[str, Any]:
    """Return the figures of one stream of datagrams; ours and pymavlink take turns.

    Raises:
        StationError: the two do not find the same messages.
    """
    if ours(packets) != theirs(packets):
        raise StationError("bench: our link and pymavlink read different messages; this is a fault of the station")
    pairs = [(cpu_seconds_of(lambda: ours(packets)), cpu_seconds_of(lambda: theirs(packets))) for _ in range(rounds)]
    ours_s, theirs_s = (median(column) for column in zip(*pairs, strict=True))
    return {
        "messages": len(packets),
        "us_per_message": round(ours_s / len(packets) * 1e6, 2),
        "pymavlink_us_per_message": round(theirs_s / len(packets) * 1e6, 2),
        "ratio_to_pymavlink": round(theirs_s / ours_s, 3),
    }


def ours(packets: Sequence[bytes]) -> list[str]:
    """Return the names of all messages, framed and decoded by `flightlink`."""
    framer, decoder = Framer(), MessageDecoder()
    found = (decoder.decode(frame.raw) for packet in packets for frame in framer.feed_datagram(packet))
    return [message.get_type() for message in found if message is not None]


def theirs(packets: Sequence[bytes]) -> list[str]:
    """Return the names of all messages, parsed as pymavlink's own UDP link does."""
    parser = dialect.MAVLink(None)
    parser.robust_parsing = True
    found = (parser.parse_char(packet) for packet in packets)
    return [message.get_type() for message in found if message is not None]


def generated(instants: int) -> Iterator[bytes]:
    """Yield what a vehicle sends at the rates we ask for: attitude twice, position and gimbal once an instant."""
    sender = dialect.MAVLink(None, srcSystem=1, srcComponent=1)
    for number in range(instants):
        boot_ms, turn = 100 * number, math.sin(number / 50)
        half = (math.cos(turn / 2), 0.0, 0.0, math.sin(turn / 2))
        for message in (
            dialect.MAVLink_attitude_message(boot_ms, 0.02, -0.05, turn, 0.1, 0.0, 0.2),
            dialect.MAVLink_attitude_message(boot_ms + 50, 0.01, -0.04, turn, 0.1, 0.0, 0.2),
            dialect.MAVLink_global_position_int_message(
                boot_ms, 488_570_200 + number, 23_520_400 - number, 95_000, 60_000, 120, -40, 3, 9000
            ),
            dialect.MAVLink_gimbal_device_attitude_status_message(0, 0, boot_ms, 44, half, 0.0, 0.0, 0.1, 0),
        ):
            yield bytes(message.pack(sender))
            sender.seq = (sender.seq + 1) % 256
