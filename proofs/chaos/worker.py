"""A worker in simulated time: the product's own parts from the decoded frame to the pipe, in the order of its life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from flightlink.mission import Mission, RedactionLevel
from proofs.chaos.arrivals import FPS, LATENCY_S, Arrival, picture_of, utc_ns_at
from proofs.chaos.detector import SimulatedThread, StripeDetector, look_takes_s
from proofs.chaos.faults import Faults, Kind
from proofs.chaos.planted import HEIGHT_PX, WIDTH_PX, Scene
from proofs.chaos.telemetry import Told
from vision.capped import CappedFrame
from vision.clock import LiveClock
from vision.doubts import doubts_of
from vision.errors import EncodeError
from vision.eyes import Eyes
from vision.frames import RedactedFrame
from vision.gate import Gate, RedactedStream, Released
from vision.live import LiveTurns
from vision.live_order import LiveOrder
from vision.outlet import Outlet
from vision.posts import SharedTrack
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.room import room_for
from vision.wire import HEADER, Job, Message, Order, header_from_bytes, message_from_parts, packed

CORE_SHARES: Final = (2.0, 0.02)
"""Of an idle machine, and of one so busy that looks come as seldom as they may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that a worker of a run lives in."""

    scene: Scene
    faults: Faults
    mission: Mission
    core_share: float
    rng: np.random.Generator
    gate_of: Callable[[Order], Gate] | None = None
    """Makes the gate of a control; None takes the product's."""


class SimulatedOutlet(Outlet):
    """The worker's way out: every message goes over the wire's bytes, and the pipe may break.

    Args:
        around: the run.
        deliver: takes what comes out at the far end.
    """

    def __init__(self, around: Circumstances, deliver: Callable[[Message], None]) -> None:
        super().__init__(-1)
        self._faults = around.faults
        self._deliver = deliver
        self.now_s = 0.0

    def send(self, message: Message) -> None:
        """Hand a message over.

        Raises:
            BrokenPipeError: the pipe is broken.
        """
        if self._faults.one(self.now_s, Kind.PIPE_BROKEN):
            raise BrokenPipeError
        whole = packed(message)
        kind, text_bytes, data_bytes = header_from_bytes(whole[: HEADER.size])
        text, data = whole[HEADER.size : HEADER.size + text_bytes], whole[HEADER.size + text_bytes :]
        assert len(data) == data_bytes  # noqa: S101 - a proof may stop
        self._deliver(message_from_parts(kind, text, data))


class BreakingStream(RedactedStream):
    """The product's stream, whose encoder may fail."""

    def __init__(self, outlet: SimulatedOutlet, faults: Faults, source: str) -> None:
        super().__init__(source, width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=FPS)
        self._outlet = outlet
        self._faults = faults

    def taken(self, released: Released) -> list[RedactedFrame]:
        """Encode, or fail.

        Raises:
            EncodeError: the encoder is broken.
        """
        if self._faults.one(self._outlet.now_s, Kind.ENCODER_RAISES):
            raise EncodeError("the encoder is broken")
        return super().taken(released)


def order_of(mission: Mission) -> Order:
    """Return the order of the run's only camera."""
    return Order(
        source="north",
        video="udp://127.0.0.1:0",
        job=Job.WATCH,
        models_dir="",
        epsg=2154,
        intrinsics=None,
        fixed_pose=None,
        mission=mission,
        video_starts_utc_ns=None,
        video_latency_s=LATENCY_S,
        level=RedactionLevel.STRICT,
        published_px_per_m=mission.published_px_per_m,
    )


class SimulatedWorker:
    """One worker of a run, from the opening of its source to its end.

    Args:
        around: the run.
        now_s: when it is started.
        deliver: takes its messages.
    """

    def __init__(self, around: Circumstances, *, now_s: float, deliver: Callable[[Message], None]) -> None:
        order = order_of(around.mission)
        self._around = around
        self.outlet = SimulatedOutlet(around, deliver)
        self._person = StripeDetector(around.faults, finds=True)
        face: Any = StripeDetector(around.faults, finds=False)
        person: Any = self._person
        self._lookers = SimulatedThread(lambda t_s: look_takes_s(around.faults, t_s), self._look_begins)
        self._counters = SimulatedThread(lambda _: 0.3, self._look_begins)
        eyes = Eyes(person, face, level=order.level)
        doubts = doubts_of(eyes, self._counters, stands=False, waits=False)
        size: dict[str, Any] = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "fps": FPS}
        room = room_for(order, self.outlet, doubts, **size, without_pose=False)
        stream = BreakingStream(self.outlet, around.faults, order.source)
        gate = room.gate if around.gate_of is None else around.gate_of(order)
        room = replace(room, stream=stream, gate=gate)
        live = LiveOrder(eyes, self._lookers, self._counters, core_share=around.core_share)
        self._turns = LiveTurns(room, live, now_ns=round(now_s * 1e9))
        self._clock = LiveClock(latency_ns=round(LATENCY_S * 1e9))
        self._cap = Cap()
        self._poses = SharedTrack()
        self._newest: CappedFrame | None = None
        self.looks_done: list[float] = []
        """Instants at which a look ended, whatever it found."""
        self.outlet.send(stream.opening())

    def _look_begins(self, now_s: float) -> None:
        self._person.at_s = now_s

    def hear(self, told: Told) -> None:
        """Take a line of telemetry."""
        self._poses.take(told.line)

    def see(self, arrival: Arrival, index: int) -> int | None:
        """Take a picture as the decoder gives it; return the capture time that it was stamped with, if any.

        Raises:
            DecoderBrokenError: the decoder is broken.
            ValueError: the picture is none.
        """
        arrival_ns = utc_ns_at(self._around.faults, arrival.arrives_s)
        steady_ns = round(arrival.arrives_s * 1e9)
        stamp_ns = round(arrival.taken_s * 1e9)
        utc_ns = self._clock.utc_ns(stamp_ns=stamp_ns, arrival_utc_ns=arrival_ns, arrival_steady_ns=steady_ns)
        picture = picture_of(arrival, self._around.scene, self._around.rng) if self._clock.settled(arrival_ns) else None
        if picture is None:
            return None
        self._newest = self._cap.capped(RawFrame(picture, index=index, utc_ns=utc_ns), self._poses.pose_at(utc_ns))
        return utc_ns

    def turn(self, now_s: float) -> None:
        """Take one turn of the worker's loop; whatever it raises ends the worker."""
        self.outlet.now_s = now_s
        for thread in (self._lookers, self._counters):
            thread.advance(now_s)
        frame, self._newest = self._newest, None
        self._turns.turn(frame, round(now_s * 1e9))
