"""Two people who look different and change places: what a worker sends must not tell. Also the camera of this proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from proofs.chaos.planted import BODY_M, METRES_PER_DEG, Picture
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.delay import Seen, file_order
from vision.doubts import doubts_of
from vision.eyes import Eyes
from vision.outlet import Outlet
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.room import room_for
from vision.wire import Job, Message, Order, WorkerHealth, packed

WIDTH_PX, HEIGHT_PX = 320, 240
FPS: Final = 10.0
EPSG: Final = 2154
LAT_DEG, LON_DEG = 48.857, 2.352
UTC_NS: Final = 1_800_000_000_000_000_000
FRAMES: Final = 30
SWAPPED_FROM: Final = 15
STRIDE: Final = 2
AREA_M: Final = 200.0

CAMERA: Final = CameraPose(
    utc_ns=UTC_NS,
    lat_deg=LAT_DEG,
    lon_deg=LON_DEG,
    alt_m=15.0,
    ground_alt_m=0.0,
    yaw_deg=0.0,
    pitch_deg=-40.0,
    roll_deg=0.0,
    intrinsics=Intrinsics(width_px=WIDTH_PX, height_px=HEIGHT_PX, fx_px=420.0, fy_px=420.0, cx_px=159.5, cy_px=119.5),
    sigma=SURVEYED,
)


def mission() -> Mission:
    """Return a mission of a day about the camera."""
    north_deg = AREA_M / METRES_PER_DEG
    east_deg = north_deg / math.cos(math.radians(LAT_DEG))
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return Mission(
        area=tuple((LON_DEG + x * east_deg, LAT_DEG + y * north_deg) for x, y in corners),
        starts_utc_ns=UTC_NS - 12 * 3600 * 10**9,
        ends_utc_ns=UTC_NS + 12 * 3600 * 10**9,
        min_agl_m=2.0,
        max_agl_m=120.0,
        purpose="proof",
    )


class AtOnce(Executor):
    """Runs what it is given at once."""

    def submit(self, run: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        """Run it."""
        future: Future[Any] = Future()
        future.set_result(run(*arguments))
        return future


class Places:
    """A detector that knows where people are, not who; in the given order of them, the other one from a frame on.

    Args:
        turned_from: from this frame on it names them in the other order.
    """

    def __init__(self, turned_from: int | None) -> None:
        self._turned_from = turned_from
        self.index = 0

    def find(self, picture: Any, *, threshold: float, scale: float = 1.0) -> Boxes:  # noqa: ARG002 - the networks'
        """Return both people, in the picture's pixels."""
        xyxy = np.array(places_at(self.index), np.float32)
        if self._turned_from is not None and self.index >= self._turned_from:
            xyxy = xyxy[::-1]
        return Boxes(xyxy=xyxy.copy(), scores=np.ones(len(xyxy), np.float32))


class NoFaces:
    """A face detector for whom there are none."""

    def find(self, picture: Any, *, threshold: float, scale: float = 1.0) -> Boxes:  # noqa: ARG002 - the networks'
        """Return nobody."""
        return Boxes.none()


def places_at(index: int) -> list[tuple[int, int, int, int]]:
    """Return the boxes of both people in a frame: they walk, and are equally large."""
    height_px = 34
    width_px = round(height_px * BODY_M[0] / BODY_M[1])
    walked_px = index // 2
    tops = ((60 + walked_px, 110), (220 - walked_px, 110))
    return [(left, top, left + width_px, top + height_px) for left, top in tops]


def looks_of_two() -> tuple[Picture, Picture]:
    """Return how the two look: light with dark spots, and dark with light stripes."""
    left, top, right, bottom = places_at(0)[0]
    rows, columns = np.indices((bottom - top, right - left))
    spotted = np.where((rows // 3 + columns // 3) % 2, 230, 160)
    striped = np.where(rows // 4 % 2, 20, 70)
    return spotted.astype(np.uint8), striped.astype(np.uint8)


def raw_frames(ground: Picture, *, swapped: bool) -> Iterator[RawFrame]:
    """Yield a clip; from `SWAPPED_FROM` on each person has the looks of the other, or not."""
    one, other = looks_of_two()
    for index in range(FRAMES):
        first, second = (other, one) if swapped and index >= SWAPPED_FROM else (one, other)
        picture = ground.copy()
        for (left, top, right, bottom), looks in zip(places_at(index), (first, second), strict=True):
            picture[top:bottom, left:right] = looks
        yield RawFrame(picture, index=index, utc_ns=UTC_NS + round(index / FPS * 1e9))


class Kept(Outlet):
    """Keeps what is sent, as the bytes that would cross the pipe; health apart, which tells of clocks."""

    def __init__(self) -> None:
        super().__init__(-1)
        self.sent: list[bytes] = []

    def send(self, message: Message) -> None:
        """Keep a message."""
        if not isinstance(message, WorkerHealth):
            self.sent.append(packed(message))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """All that a worker sent of a clip."""

    messages: tuple[bytes, ...]

    def differs_from(self, other: Sent) -> int:
        """Return how many messages differ."""
        pairs = zip(self.messages, other.messages, strict=False)
        return sum(one != two for one, two in pairs) + abs(len(self.messages) - len(other.messages))


def sent_of_clip(ground: Picture, *, swapped: bool, turned: bool = False) -> Sent:
    """Let the product's parts work a clip through and return what left.

    Args:
        ground: uint8 (height, width).
        swapped: from the middle on the two have each other's looks.
        turned: from the middle on the detector names them in the other order.
    """
    order = Order(
        source="north", video="", job=Job.FILE, models_dir="", epsg=EPSG, intrinsics=CAMERA.intrinsics,
        fixed_pose=CAMERA, mission=mission(), video_starts_utc_ns=UTC_NS, video_latency_s=0.0,
        level=RedactionLevel.STRICT, published_px_per_m=20.0,
    )  # fmt: skip
    places, executor, outlet = Places(SWAPPED_FROM if turned else None), AtOnce(), Kept()
    person: Any = places
    no_faces: Any = NoFaces()
    eyes = Eyes(person, no_faces, level=order.level)
    doubts = doubts_of(eyes, executor, stands=True, waits=True)
    size: dict[str, Any] = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "fps": FPS}
    room = room_for(order, outlet, doubts, **size, without_pose=False)
    for item in file_order(_capped(ground, places, swapped=swapped), eyes, executor, stride=STRIDE):
        if isinstance(item, Seen):
            room.count(item)
            continue
        room.snapshot(room.publish(item, came_in_ns=0))
    if room.stream is not None:
        outlet.sent += [packed(frame) for frame in room.stream.closing()]
    return Sent(messages=tuple(outlet.sent))


def _capped(ground: Picture, places: Places, *, swapped: bool) -> Iterator[CappedFrame]:
    cap = Cap()
    for raw in raw_frames(ground, swapped=swapped):
        places.index = raw.index
        yield cap.capped(raw, replace(CAMERA, utc_ns=raw.utc_ns))
