"""What the sealed room holds for one order: cap, eyes, gate, counter, tally and outlet, built before the seal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from flightlink.mission import RedactionLevel
from maps.errors import CrsError
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.counter import Counter
from vision.delay import Ready, Seen
from vision.detectors import FaceDetector, PersonDetector
from vision.doubts import Doubts, rehearse_doubts
from vision.engine import DetectorError
from vision.engine_names import EngineName, refusal_under_seal
from vision.engines import missing_because
from vision.eyes import Above, Eyes
from vision.gate import Gate, RedactedStream, Released, refusal_of
from vision.guests import Guests, guests_from
from vision.models.card import FileState, WeightsError, model_cards
from vision.models.guest import Guest
from vision.models.store import bytes_of_card, verified_bytes
from vision.moments import GOOD_STEP_NS, Moments, moment_of
from vision.moving import velocities
from vision.networks import COUNT_THRESHOLDS, STREET_ONLY, Networks, network_from_use
from vision.order import Job, Order
from vision.outlet import Outlet
from vision.self_test import SelfTest, Tried
from vision.sharpness import sight_of
from vision.tally import Tally

SPOKEN_EVERY_NS = 1_000_000_000
OFF_THE_MAP: Final = "off_the_map"
FILL_PX = 16
"""Fill has one shade; the stream enlarges it."""
BLANK: Final = np.zeros((64, 64), np.uint8)
ABOVE_MISSING: Final = "above_detector_missing"
ABOVE_CHANGED: Final = "above_detector_changed"


def eyes_from_models(
    models_dir: Path,
    *,
    level: RedactionLevel,
    threads: int,
    engine: EngineName = EngineName.ONNXRUNTIME,
    guests: tuple[Guest, ...] = (),
) -> Eyes:
    """Load the detectors and run each once, so that nothing is loaded later.

    The one for steep views, and each guest, can be missing or harmed: then all is done by the others, and health says
    so.

    Raises:
        ModelError: a weight file is missing, or its hash is not the one in the manifest.
        DetectorError: a file is no network that runs here, or the engine is not there or cannot work sealed.
    """
    if refusal := refusal_under_seal(engine):
        raise DetectorError(f"engine {engine} cannot look at video; expected {refusal}")
    if missing := missing_because(engine):
        raise DetectorError(missing)
    person = PersonDetector(verified_bytes("person", models_dir), threads=threads, engine=engine)
    face = FaceDetector(verified_bytes("face", models_dir), threads=threads, engine=engine)
    for detector in (person, face):
        detector.find(BLANK, threshold=COUNT_THRESHOLDS[0])
    above, missing = above_from_models(models_dir, threads=threads, engine=engine)
    tried = [Tried(person, COUNT_THRESHOLDS[0])]
    if above is not None:
        tried.append(Tried(above.detector, above.network.count_thresholds[0]))
    return Eyes(
        person, face, level=level, above=above, missing=missing, guests=guests_from(guests), trial=SelfTest(tried)
    )


def above_from_models(
    models_dir: Path, *, threads: int, engine: EngineName = EngineName.ONNXRUNTIME
) -> tuple[Above | None, str]:
    """Return the detector for steep views, and why there is none although the manifest lists one; else empty."""
    card = model_cards().get("above")
    if card is None:
        return None, ""
    if card.use is None:
        return None, ABOVE_CHANGED
    try:
        detector = PersonDetector(bytes_of_card(card, models_dir), threads=threads, engine=engine)
        detector.find(BLANK, threshold=card.use.count_threshold)
    except WeightsError as error:
        return None, ABOVE_CHANGED if error.state is FileState.WRONG_HASH else ABOVE_MISSING
    except DetectorError:
        return None, ABOVE_CHANGED
    return Above(detector=detector, network=network_from_use(card.use)), ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The parts of one worker; all that leaves goes through `outlet`."""

    order: Order
    gate: Gate
    doubts: Doubts
    stream: RedactedStream | None
    counter: Counter | None
    tally: Tally
    outlet: Outlet
    moments: Moments = field(default_factory=Moments)

    def publish(self, ready: Ready, *, came_in_ns: int) -> Released:
        """Let gate 1 decide on a frame and send what it lets out."""
        if self.counter is not None:
            self.moments.note(ready.frame)
        doubt = self.doubts.of_frame(ready.frame)
        released = self.gate.released(
            ready.frame, ready.looks, late=ready.late, doubt=doubt, doubting=self.doubts.of_picture, added=ready.added
        )
        if self.stream is not None:
            for frame in self.stream.taken(released):
                self.outlet.send(frame)
        self.tally.sees(sight_of(ready.frame))
        self.tally.released(
            released, bounded=ready.frame.bound is not None, now_ns=time.monotonic_ns(), came_in_ns=came_in_ns
        )
        return released

    def fill(self, cause: str, *, utc_ns: int) -> Released:
        """Send fill where no frame came, so that no last picture is left standing."""
        released = self.gate.fill(cause, width_px=FILL_PX, height_px=FILL_PX, utc_ns=utc_ns)
        if self.stream is not None:
            for frame in self.stream.taken(released):
                self.outlet.send(frame)
        self.tally.filled(cause)
        return released

    def count(self, seen: Seen) -> None:
        """Send the counts per cell of a frame that was looked at and may be looked at."""
        mission = self.order.mission
        if self.counter is None or (mission is not None and refusal_of(mission, seen.frame)):
            return
        cause = self.doubts.of_count(seen.frame)
        counts = None
        try:
            before, flattest_deg = self.moments.before(seen.frame), self.doubts.least_counted_deg(seen.frame)
            counts = None if cause else self.counter.counts(seen.frame, seen.people, before, flattest_deg=flattest_deg)
        except CrsError:  # a place that is nowhere near the mission closes; it must not end the worker
            cause = OFF_THE_MAP
        self.tally.count_gate(cause or self.doubts.flat_crowds.doubt(seen.frame))
        if counts is not None:
            self.outlet.send(counts)
            self.tally.counted(time.monotonic_ns())

    def snapshot(self, released: Released) -> None:
        """Send one picture as JPEG."""
        if self.stream is not None:
            self.outlet.send(self.stream.snapshot(released))

    def speak(self) -> None:
        """Send the worker's health."""
        health = self.tally.health(time.time_ns(), time.monotonic_ns())
        found = None if self.doubts.offset is None else self.doubts.offset.found
        if found is not None and not found.refusal:
            health = replace(health, time_offset_s=found.offset_s, time_offset_sigma_s=found.sigma_s)
        self.outlet.send(health)


def prepare(eyes: Eyes, frame: CappedFrame) -> None:
    """Look once at an empty picture as large as those that will come: OpenVINO runs no other sizes after the seal.

    Where the camera flies, sizes change on the way; those that are new then are left to ONNX Runtime.
    """
    if frame.pose is not None or not frame.refusal_closes:
        eyes.look_and_count(frame)


def room_for(
    order: Order,
    outlet: Outlet,
    doubts: Doubts,
    *,
    width_px: int,
    height_px: int,
    fps: float,
    without_pose: bool,
    networks: Networks = STREET_ONLY,
    guests: Guests | None = None,
) -> Room:
    """Build the room for a source of this size, with eyes of these networks and guests."""
    guests = Guests() if guests is None else guests
    gate = Gate(
        mission=order.mission,
        level=order.level,
        published_px_per_m=order.published_px_per_m,
        without_pose=without_pose,
    )
    return Room(
        order=order,
        gate=gate,
        doubts=doubts,
        stream=RedactedStream(
            order.source,
            width_px=width_px,
            height_px=height_px,
            fps=fps,
            replay_speed=None if order.replay is None else order.replay.speed,
            live=order.job is not Job.FILE,
        )
        if order.with_video
        else None,
        counter=None
        if order.epsg is None
        else Counter(order.source, epsg=order.epsg, mission=order.mission, networks=networks),
        tally=Tally(
            cap_px_per_m=gate.cap_px_per_m,
            raised_m=0.0 if order.mission is None else order.mission.raised_m,
            detector_missing_because=networks.missing,
            guests=guests.causes,
        ),
        outlet=outlet,
    )


def rehearse(room: Room, eyes: Eyes, frame: CappedFrame) -> None:
    """Do everything once on an empty picture, so that every library has loaded all it needs before the seal.

    Args:
        room: What will work afterwards; nothing is sent.
        eyes: The detectors.
        frame: From `vision.raw.rehearsal`.
    """
    middle = Boxes(xyxy=np.array([[40, 20, 50, 45]], np.float32), scores=np.ones(1, np.float32))
    look = replace(eyes.look(frame).look, boxes=middle)
    turned = replace(look, pose=frame.pose and replace(frame.pose, yaw_deg=11), utc_ns=1)
    Gate(mission=None, level=room.order.level, published_px_per_m=1).released(frame, [look, turned])
    rehearse_doubts(frame)
    if room.counter is not None:
        room.counter.counts(frame, middle)
        earlier = replace(frame, utc_ns=frame.utc_ns - GOOD_STEP_NS, pose=turned.pose)
        velocities(moment_of(earlier), moment_of(frame), middle)


def every_second(last_ns: int) -> Iterator[bool]:
    """Yield, each time it is asked, whether a second has passed since it last said so."""
    while True:
        now_ns = time.monotonic_ns()
        due = now_ns - last_ns >= SPOKEN_EVERY_NS
        if due:
            last_ns = now_ns
        yield due


def frames_teller(outlet: Outlet) -> Callable[[int], None]:
    """Return what tells the station each second how many frames were looked at."""
    begun_ns = time.monotonic_ns()
    second = every_second(begun_ns)

    def tell(done: int) -> None:
        if next(second):
            now_ns = time.monotonic_ns()
            health = Tally(cap_px_per_m=None).health(time.time_ns(), now_ns)
            outlet.send(replace(health, frames_in=done, fps=done * 1e9 / max(1, now_ns - begun_ns)))

    return tell
