"""The station's link beside pymavlink's own: the same datagrams at the same times, CPU of whole processes."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from pymavlink.dialects.v20 import all as dialect
from pymavlink.generator.mavcrc import x25crc

from flightlink.mavlink.messages import CRC_EXTRA
from flightlink.mavlink.tlog import TlogReader
from groundstation.benchmarks.clips import recording
from groundstation.benchmarks.link_reader import PLACE
from groundstation.benchmarks.timing import module_command
from groundstation.errors import StationError

VEHICLES: Final = 8
"""Each a recorded one's messages at their own times, under a system id and from a port of its own."""
SECONDS: Final = 4.0
QUICK_SECONDS: Final = 1.0
ROUNDS: Final = 5
READERS: Final = ("station", "pymavlink")
_WARM_S: Final = 0.2
_SETTLE_S: Final = 0.3
_LEAST_SHARE: Final = 0.5
"""Of the messages; who reads fewer is not timed. On a busy machine the kernel drops some of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datagram:
    """One message of one vehicle, and when it is sent."""

    at_s: float
    vehicle: int
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one reader told."""

    read: int
    """Messages."""
    us: float
    """CPU microseconds for each."""


def measured(*, quick: bool) -> dict[str, Any]:
    """Return CPU microseconds per message of both links, on made messages and on a recorded flight if there is one.

    Raises:
        StationError: one of them did not read all messages.
    """
    seconds, rounds = (QUICK_SECONDS, 1) if quick else (SECONDS, ROUNDS)
    streams = {"generated": flock([(at_s, raw) for at_s, raw in generated(seconds)])}
    log = recording("sitl_tlog/sitl_v1.tlog")
    if log is not None:
        streams["recorded"] = flock(flown(log_frames(TlogReader(log)), seconds))
    figures = {name: stream_figures(datagrams, rounds) for name, datagrams in streams.items()}
    worst = max(part["ratio_to_pymavlink"] for part in figures.values())
    return {"ratio_to_pymavlink": worst, "rounds": rounds, "vehicles": VEHICLES, "streams": figures}


def stream_figures(datagrams: Sequence[Datagram], rounds: int) -> dict[str, Any]:
    """Return the figures of one stream, sent to both links at once, so that both run beside the same neighbours.

    Raises:
        StationError: one of them did not read all messages.
    """
    pairs = [costs(datagrams) for _ in range(rounds)]
    ours_us, theirs_us = (median(cost.us for cost in column) for column in zip(*pairs, strict=True))
    return {
        "messages": len(datagrams),
        "read_share": round(min(pair[0].read / len(datagrams) for pair in pairs), 3),
        "pymavlink_read_share": round(min(pair[1].read / len(datagrams) for pair in pairs), 3),
        "messages_per_s": round(len(datagrams) / datagrams[-1].at_s),
        "us_per_message": round(ours_us, 2),
        "pymavlink_us_per_message": round(theirs_us, 2),
        "ratio_to_pymavlink": round(median(ours.us / theirs.us for ours, theirs in pairs), 3),
    }


def costs(datagrams: Sequence[Datagram]) -> tuple[Cost, Cost]:
    """Return what the station and pymavlink spend on a message, each in a process of its own.

    Raises:
        StationError: one of them ended early, or did not read all messages.
    """
    with ExitStack() as opened:
        readers = [opened.enter_context(_reader(name)) for name in READERS]
        ports = [reader.stdout.readline().strip() if reader.stdout else "" for reader in readers]
        if all(port.isdigit() for port in ports):
            send(datagrams, [int(port) for port in ports])
        outs = [reader.communicate()[0] for reader in readers]
    ours, theirs = (_cost(name, out, len(datagrams)) for name, out in zip(READERS, outs, strict=True))
    return ours, theirs


def _reader(name: str) -> subprocess.Popen[str]:
    command = module_command("groundstation.benchmarks.link_reader", name)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _cost(name: str, out: str, sent: int) -> Cost:
    if not out.strip():
        raise StationError(f"bench: the {name} reader of the link ended early")
    figures = json.loads(out)
    if figures["messages"] < _LEAST_SHARE * sent:
        raise StationError(f"bench: {name} read {figures['messages']} of {sent} messages; is the machine busy?")
    return Cost(read=figures["messages"], us=figures["cpu_s"] / figures["messages"] * 1e6)


def send(datagrams: Sequence[Datagram], ports: Sequence[int]) -> None:
    """Send each at its time to every port, from a port of its vehicle; who gets it first changes by turns."""
    with ExitStack() as opened:
        pairs = [[opened.enter_context(_socket_to(port)) for port in ports] for _ in range(VEHICLES)]
        time.sleep(_WARM_S)
        began_s = time.perf_counter()
        for number, datagram in enumerate(datagrams):
            time.sleep(max(0.0, began_s + datagram.at_s - time.perf_counter()))
            pair = pairs[datagram.vehicle]
            for one in pair if number % 2 else reversed(pair):
                one.send(datagram.raw)
        time.sleep(_SETTLE_S)


def _socket_to(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.connect((PLACE, port))
    return opened


def flock(frames: Sequence[tuple[float, bytes]]) -> list[Datagram]:
    """Return the same messages for every vehicle, evenly shifted in time, in order."""
    shift_s = 0.1 / VEHICLES
    flown_by_all = (
        Datagram(at_s=at_s + vehicle * shift_s, vehicle=vehicle, raw=renumbered(raw, vehicle + 1))
        for vehicle in range(VEHICLES)
        for at_s, raw in frames
    )
    return sorted(flown_by_all, key=lambda datagram: datagram.at_s)


def renumbered(raw: bytes, system_id: int) -> bytes:
    """Return an unsigned frame of version 2 under another system id, its checksum made anew."""
    body = raw[1:5] + bytes((system_id,)) + raw[6:-2]
    seed = CRC_EXTRA[int.from_bytes(raw[7:10], "little")]
    return raw[:1] + body + int(x25crc(body + bytes((seed,))).crc).to_bytes(2, "little")


def log_frames(reader: TlogReader) -> Iterator[tuple[float, bytes]]:
    """Yield seconds and bytes of a recorded vehicle's own frames."""
    return ((utc_us / 1e6, frame.raw) for utc_us, frame in reader.frames() if frame.system_id == 1)


def flown(frames: Iterator[tuple[float, bytes]], seconds: float) -> list[tuple[float, bytes]]:
    """Return some seconds out of the middle of a flight, where all its messages come; a heartbeat is the first."""
    found = list(frames)
    middle = [frame for frame in found if frame[0] >= found[len(found) // 2][0]]
    first = next(place for place, (_, raw) in enumerate(middle) if raw[7:10] == b"\0\0\0")
    from_s = middle[first][0]
    return [(at_s - from_s, raw) for at_s, raw in middle[first:] if at_s - from_s <= seconds]


def generated(seconds: float) -> Iterator[tuple[float, bytes]]:
    """Yield what a vehicle sends that does as it is asked, and what it sends beside that: some 145 a second.

    Both shares are those of the recorded autopilot.
    """
    sender = dialect.MAVLink(None, srcSystem=1, srcComponent=1)
    for number in range(round(seconds * 10)):
        often = (*_asked_for(number), *_not_asked_for(number))
        messages = (*_asked_seldom(number), *often) if number % 10 == 0 else often
        for place, message in enumerate(messages):
            yield number / 10 + 0.004 * place, bytes(message.pack(sender))
            sender.seq = (sender.seq + 1) % 256


def _asked_for(number: int) -> Iterator[Any]:
    boot_ms, turn = 100 * number, math.sin(number / 50)
    half = (math.cos(turn / 2), 0.0, 0.0, math.sin(turn / 2))
    yield dialect.MAVLink_attitude_message(boot_ms, 0.02, -0.05, turn, 0.1, 0.0, 0.2)
    yield dialect.MAVLink_attitude_message(boot_ms + 50, 0.01, -0.04, turn, 0.1, 0.0, 0.2)
    yield dialect.MAVLink_global_position_int_message(
        boot_ms, 488_570_200 + number, 23_520_400 - number, 95_000, 60_000, 120, -40, 3, 9000
    )
    yield dialect.MAVLink_gimbal_device_attitude_status_message(0, 0, boot_ms, 44, half, 0.0, 0.0, 0.1, 0)


def _asked_seldom(number: int) -> Iterator[Any]:
    boot_ms, unknown = 100 * number, 2**31 - 1
    yield dialect.MAVLink_heartbeat_message(2, 3, 81, 4, 4, 3)
    for _ in range(2):
        yield dialect.MAVLink_gps_raw_int_message(boot_ms * 1000, 3, 488_570_200, 23_520_400, 95_000, 80, 90, 0, 0, 14)
        yield dialect.MAVLink_camera_fov_status_message(boot_ms, *[unknown] * 6, [1.0, 0.0, 0.0, 0.0], 78.0, 48.0)
    yield dialect.MAVLink_sys_status_message(0, 0, 0, 0, 12_000, 0, 77, 0, 0, 0, 0, 0, 0)
    yield dialect.MAVLink_battery_status_message(0, 0, 0, 0, [12_000] + [65_535] * 9, 0, 0, 0, 77)
    yield dialect.MAVLink_system_time_message(0, boot_ms)


def _not_asked_for(number: int) -> Iterator[Any]:
    boot_ms, angles = 100 * number, (0.02, -0.05, math.sin(number / 50))
    yield dialect.MAVLink_vfr_hud_message(12.0, 12.5, 90, 40, 60.0, 0.1)
    yield dialect.MAVLink_attitude_quaternion_message(boot_ms, 1.0, *angles, *angles)
    yield dialect.MAVLink_raw_imu_message(boot_ms * 1000, *range(9))
    yield dialect.MAVLink_scaled_imu2_message(boot_ms, *range(9))
    yield dialect.MAVLink_servo_output_raw_message(boot_ms * 1000, 0, *range(1100, 1900, 100))
    yield dialect.MAVLink_local_position_ned_message(boot_ms, *angles, *angles)
    yield dialect.MAVLink_scaled_pressure_message(boot_ms, 1000.0, 0.1, 2500)
    yield dialect.MAVLink_nav_controller_output_message(0.1, 0.2, 90, 90, 12, 0.0, 0.0, 0.0)
    yield dialect.MAVLink_vibration_message(boot_ms * 1000, 0.1, 0.1, 0.1, 0, 0, 0)
