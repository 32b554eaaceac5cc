"""A program that speaks the worker's wire without any picture; its first argument says how it behaves.

It stands for the sealed worker in tests of what starts and supervises it; product code never starts it.
"""

import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from maps.cells import CellCount, CellCounts, CellId
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.wire import (
    Done,
    Failed,
    Message,
    Opened,
    Order,
    WorkerHealth,
    order_from_line,
    packed,
    pose_from_line,
)

OPENED = Opened(
    width_px=64, height_px=48, fps=10.0, codec="avc1.42C00A", sealed=True, seal={"sockets": "refused"}, frames=3
)
HEALTH = WorkerHealth(
    utc_ns=1_000_000_000, frames_in=3, frames_out=2, frames_withheld=1, withheld_because={"no_pose": 1}, gate="open",
    fps=10.0, latency_ms=40.0, masked_share=0.125, cap_px_per_m=20.0, count_rate_hz=2.5,
)  # fmt: skip


def send(*messages: Message) -> None:
    for message in messages:
        sys.stdout.buffer.write(packed(message))
    sys.stdout.buffer.flush()


def frame(order: Order, sequence: int, media: Media, data: bytes, utc_ns: int | None = None) -> RedactedFrame:
    return RedactedFrame(
        source=order.source, sequence=sequence, utc_ns=sequence if utc_ns is None else utc_ns, media=media,
        keyframe=sequence == 1, width_px=64, height_px=48, closed_because="", data=data, made_by=FrameMaker.GATE,
    )  # fmt: skip


CROWDED = CellId(5, 130_490, 1_372_415)


def counts(order: Order, number: int, utc_ns: int | None = None) -> CellCounts:
    """Return 30 people in one leaf and none in its neighbour, of frame `number` at 10 a second."""
    frame_utc_ns = (order.video_starts_utc_ns or 0) + number * 100_000_000
    full = CellCount(cell=CROWDED, people=30.0, variance=1.0, observed_share=1.0, ce90_m=2.0)
    empty = replace(full, cell=CROWDED._replace(east_index=CROWDED.east_index + 1), people=0.0)
    return CellCounts(
        source=order.source, utc_ns=frame_utc_ns if utc_ns is None else utc_ns, epsg=order.epsg or 0,
        cells=(full, empty),
    )  # fmt: skip


def whole(order: Order) -> None:
    """Work a recording through; the number of poses heard comes back as frames_in."""
    heard = 0
    while pose_from_line(sys.stdin.buffer.readline()) is not None:
        heard += 1
    send(OPENED, frame(order, 0, Media.FMP4_INIT, b"init"))
    send(*(frame(order, number, Media.FMP4_FRAGMENT, b"+%d" % number) for number in (1, 2, 3)))
    send(frame(order, 1, Media.JPEG, b"jpeg"), *(counts(order, number) for number in (0, 1, 2)))
    send(Done(health=replace(HEALTH, frames_in=3 + heard), seconds=0.1))


def photo(order: Order) -> None:
    """Work through a source that holds one picture."""
    send(replace(OPENED, frames=1), frame(order, 1, Media.JPEG, b"jpeg"))
    send(Done(health=replace(HEALTH, frames_in=1, frames_out=1, frames_withheld=0, withheld_because={}), seconds=0.1))


def blind(order: Order) -> None:
    """Work through a recording of which nothing may be shown."""
    none_out = replace(HEALTH, frames_out=0, frames_withheld=3, withheld_because={"no_open_ground": 2, "no_pose": 1})
    send(OPENED, frame(order, 0, Media.FMP4_INIT, b"init"), frame(order, 1, Media.FMP4_FRAGMENT, b"+1"))
    send(Done(health=none_out, seconds=0.1))


def withheld(order: Order) -> None:
    none_out = replace(HEALTH, frames_out=0, frames_withheld=3, withheld_because={"mission_ended": 3})
    send(OPENED, frame(order, 0, Media.FMP4_INIT, b"init"), Done(health=none_out, seconds=0.1))


def failing(cause: str) -> Callable[[Order], None]:
    return lambda _: send(Failed(cause=cause, detail="the first line is no video; check the file"))


def crash(_: Order) -> None:
    send(OPENED)
    sys.stderr.write("something broke\n")
    sys.exit(7)


def junk(_: Order) -> None:
    sys.stdout.buffer.write(b"\xff" * 64)
    sys.stdout.buffer.flush()
    time.sleep(60)


def silent(_: Order) -> None:
    send(OPENED, HEALTH)
    time.sleep(60)


def chatty(_: Order) -> None:
    sys.stderr.write("x" * 100_000 + "\n" + "line\n" * 1000)
    sys.stderr.flush()
    send(OPENED, Done(health=HEALTH, seconds=0.1))


def live(order: Order) -> None:
    """Publish until the station closes the pipe; poses heard come back as frames_in."""
    send(OPENED, frame(order, 0, Media.FMP4_INIT, b"init"))
    heard = 0
    while line := sys.stdin.buffer.readline():
        heard += pose_from_line(line) is not None
        send(replace(HEALTH, frames_in=heard), frame(order, heard, Media.FMP4_FRAGMENT, b"+"))


def fixed(order: Order) -> None:
    """Publish with a clock of its own, as a camera that stands still."""
    send(OPENED, frame(order, 0, Media.FMP4_INIT, b"init"))
    for number in itertools.count(1):
        send(replace(HEALTH, frames_in=number), frame(order, number, Media.FMP4_FRAGMENT, b"+"))
        send(frame(order, 1, Media.JPEG, b"jpeg", time.time_ns()), counts(order, number, time.time_ns()))
        time.sleep(0.1)


def played(order: Order) -> None:
    """Publish what is due by the clock of a replay for two seconds, then be at the recording's end."""
    assert order.replay is not None
    send(OPENED, frame(order, 0, Media.FMP4_INIT, b"init"))
    for number in range(1, 20):
        utc_ns = order.replay.video_utc_ns(time.monotonic_ns())
        send(replace(HEALTH, frames_in=number), frame(order, number, Media.FMP4_FRAGMENT, b"+", utc_ns))
        send(frame(order, 1, Media.JPEG, b"jpeg", utc_ns), counts(order, number, utc_ns))
        time.sleep(0.1)
    send(Done(health=HEALTH, seconds=2.0))


WAYS: dict[str, Callable[[Order], None]] = {
    "whole": whole, "photo": photo, "blind": blind,
    "withheld": withheld, "crash": crash, "junk": junk, "silent": silent, "chatty": chatty,
    "live": live, "fixed": fixed, "played": played,
    "bad_input": failing("bad_input"), "models": failing("models"), "source_lost": failing("source_lost"),
}  # fmt: skip

if __name__ == "__main__":
    WAYS[sys.argv[1]](order_from_line(sys.stdin.buffer.readline()))
