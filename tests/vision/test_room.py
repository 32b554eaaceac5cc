"""The room's parts together: eyes, counter, tally and what is sent, and the evaluation in the same room."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from maps.cells import CellCounts
from tests.vision.scene import REFUSAL, UTC_NS, boxes, capped, frame_of, look_at, mission, pose, square, textured
from tests.vision.test_worker import message_from, order
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.counter import Counter, ground_points
from vision.delay import Ready, Seen
from vision.doubts import doubts_of
from vision.engine import DetectorError, Picture
from vision.eyes import Eyes
from vision.frames import Media, RedactedFrame
from vision.gate import Released
from vision.outlet import Outlet
from vision.raw.rehearsal import rehearsal_frame
from vision.room import OFF_THE_MAP, Room, every_second, rehearse, room_for
from vision.tally import Tally
from vision.wire import Message, WorkerHealth

PERSON = (150.0, 100.0, 170.0, 145.0)


class FoundAlways:
    """A detector that always finds the same, in pixels of the picture it is given."""

    def __init__(self, found: Boxes, *, fails: bool = False) -> None:
        self.found, self.fails = found, fails
        self.pictures = 0

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.pictures += 1
        if self.fails:
            raise DetectorError("the detector failed")
        return self.found


def eyes_with(found: Boxes, *, level: RedactionLevel = RedactionLevel.STRICT, faces: Boxes | None = None) -> Eyes:
    person: Any = FoundAlways(found)
    face: Any = FoundAlways(faces if faces is not None else Boxes.none())
    return Eyes(person, face, level=level)


class AtOnce(Executor):
    """Runs what it is given at once, in the thread that gives it."""

    def submit(self, run: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(run(*arguments))
        return future


@pytest.fixture
def pipe() -> Iterator[tuple[Outlet, Any]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(reader, "rb") as out:
        yield Outlet(writer), out
        os.close(writer)


def sent(out: Any) -> list[Message]:
    return messages_in(out.read() or b"")


def messages_in(pipe: bytes) -> list[Message]:
    data = io.BytesIO(pipe)
    messages: list[Message] = []
    while (message := message_from(data)) is not None:
        messages.append(message)
    return messages


def room(outlet: Outlet, **changes: Any) -> Room:
    what = order("clip.mp4", **{"mission": mission(area=square(60)), "fixed_pose": pose(), **changes})
    doubts = doubts_of(eyes_with(Boxes.none()), AtOnce(), stands=False, waits=False)
    return room_for(what, outlet, doubts, width_px=320, height_px=240, fps=10, without_pose=False)


# counts


def test_a_person_is_counted_in_the_cell_where_the_middle_of_the_body_stands() -> None:
    frame = frame_of()
    assert frame.pose is not None
    counts = Counter("north", epsg=2154, mission=None).counts(frame, boxes(PERSON))
    assert counts is not None
    assert sum(cell.people for cell in counts.cells) == pytest.approx(1, abs=0.3)
    points = ground_points(frame.pose, boxes(PERSON))
    depression_deg = 35 + math.degrees(math.atan((122.5 - 119.5) / 300))
    assert points.north_m[0] == pytest.approx((20 - 0.9) / math.tan(math.radians(depression_deg)), rel=1e-3)


def test_who_stands_outside_the_area_is_not_counted_and_neither_is_the_ground_there() -> None:
    frame = frame_of()
    inside = Counter("north", epsg=2154, mission=mission(area=square(200))).counts(frame, boxes(PERSON))
    outside = Counter("north", epsg=2154, mission=mission(area=square(9))).counts(frame, boxes(PERSON))
    assert inside is not None
    assert outside is not None
    assert sum(cell.people for cell in outside.cells) == 0
    assert len(outside.cells) < len(inside.cells)


def test_without_a_pose_there_are_no_counts() -> None:
    frame = capped(textured(24, 32), REFUSAL, without_pose=True)
    assert Counter("north", epsg=2154, mission=None).counts(frame, boxes(PERSON)) is None


def test_a_camera_below_the_heads_counts_nobody_rather_than_an_empty_ground() -> None:
    frame = frame_of(pose(alt_m=1.5))
    assert Counter("north", epsg=2154, mission=None).counts(frame, boxes(PERSON)) is None


@pytest.mark.parametrize(
    "frame",
    [frame_of(pose(alt_m=121.0)), frame_of(utc_ns=mission().ends_utc_ns), frame_of(utc_ns=mission().starts_utc_ns - 1)],
    ids=["too high", "ended", "not started"],
)
def test_what_may_not_be_shown_is_not_counted(frame: CappedFrame, pipe: tuple[Outlet, Any]) -> None:
    outlet, out = pipe
    room(outlet).count(Seen(frame, boxes(PERSON)))
    assert sent(out) == []


@pytest.mark.parametrize(("lat_deg", "lon_deg"), [(0.0, 0.0), (2.352, 48.857), (-35.4, 149.2)])
def test_a_camera_that_says_to_be_elsewhere_on_earth_ends_no_worker(
    lat_deg: float, lon_deg: float, pipe: tuple[Outlet, Any]
) -> None:
    outlet, out = pipe
    here = room(outlet)
    here.count(Seen(frame_of(replace(pose(), lat_deg=lat_deg, lon_deg=lon_deg)), boxes(PERSON)))
    assert sent(out) == []
    assert here.tally.health(UTC_NS, 0).counts_withheld_because == OFF_THE_MAP


def test_counts_carry_no_place_of_anybody(pipe: tuple[Outlet, Any]) -> None:
    """Two people who change places, or move within a cell, give the same message."""
    outlet, out = pipe
    here, there = PERSON, (60.0, 150.0, 84.0, 200.0)
    for found in (boxes(here, there), boxes(there, here), boxes((149.5, 100, 169.5, 145), there)):
        room(outlet).count(Seen(frame_of(), found))
    first, second, third = sent(out)
    assert isinstance(first, CellCounts)
    assert first == second == third


# what is sent


def test_a_frame_is_published_closed_counted_and_told(pipe: tuple[Outlet, Any]) -> None:
    outlet, out = pipe
    station = room(outlet)
    open_frame, late_frame = frame_of(), frame_of(utc_ns=UTC_NS + 10**8)
    for ready in (Ready(open_frame, [look_at(open_frame, PERSON)]), Ready(late_frame, [], "detector_late")):
        station.tally.took()
        released = station.publish(ready, came_in_ns=0)
    station.snapshot(released)
    station.speak()
    fragment, snapshot, health = sent(out)
    assert isinstance(fragment, RedactedFrame)
    assert isinstance(snapshot, RedactedFrame)
    assert isinstance(health, WorkerHealth)
    assert (fragment.media, fragment.closed_because) == (Media.FMP4_FRAGMENT, "")
    assert (snapshot.media, snapshot.closed_because) == (Media.JPEG, "detector_late")
    assert (health.frames_in, health.frames_out, health.frames_withheld) == (2, 1, 1)
    assert (health.withheld_because, health.gate) == ({"detector_late": 1}, "detector_late")
    assert health.cap_px_per_m == 20


def test_the_bound_that_is_told_is_the_one_in_force(pipe: tuple[Outlet, Any]) -> None:
    outlet, out = pipe
    station = room(outlet, published_px_per_m=1000.0)
    frame = frame_of()
    station.publish(Ready(frame, [look_at(frame)]), came_in_ns=0)
    station.speak()
    health = sent(out)[-1]
    assert isinstance(health, WorkerHealth)
    assert health.cap_px_per_m == 40


def test_a_room_without_video_encodes_nothing(pipe: tuple[Outlet, Any]) -> None:
    outlet, out = pipe
    station = room(outlet, with_video=False)
    frame = frame_of()
    station.snapshot(station.publish(Ready(frame, [look_at(frame)]), came_in_ns=0))
    assert sent(out) == []


@pytest.mark.parametrize("level", list(RedactionLevel))
def test_the_rehearsal_sends_nothing(level: RedactionLevel, pipe: tuple[Outlet, Any]) -> None:
    outlet, out = pipe
    colour = level is RedactionLevel.FLOOR
    station = room(outlet, level=level)
    rehearse(station, eyes_with(boxes(PERSON), level=level), rehearsal_frame(lat_deg=48.8, lon_deg=2.3, colour=colour))
    assert sent(out) == []


def released_of(cause: str = "", masked_share: float = 0.1) -> Released:
    grey = np.zeros((2, 2), np.uint8)
    return Released(picture=grey, hidden=grey, masked_share=masked_share, closed_because=cause, utc_ns=0)


def test_the_tally_counts_causes_rates_and_latency() -> None:
    tally = Tally(cap_px_per_m=20)
    assert tally.health(0, 0).gate == "no_picture_yet"
    assert tally.health(0, 0).cap_px_per_m is None
    for number in range(30):
        now_ns = 10**9 + number * 10**8
        tally.took()
        cause = "stale_pose" if number % 3 == 0 else ""
        tally.released(released_of(cause), bounded=True, now_ns=now_ns, came_in_ns=now_ns - 70_000_000)
        tally.counted(now_ns)
    health = tally.health(5, now_ns)
    assert (health.frames_in, health.frames_out, health.frames_withheld) == (30, 20, 10)
    assert health.withheld_because == {"stale_pose": 10}
    assert health.fps == health.count_rate_hz == pytest.approx(10, abs=0.5)
    assert health.latency_ms == pytest.approx(70)
    assert health.masked_share == pytest.approx(0.1)
    assert health.cap_px_per_m == 20
    assert tally.health(5, now_ns + 3 * 10**9).fps == 0


def test_one_frame_without_a_bound_takes_the_bound_away() -> None:
    tally = Tally(cap_px_per_m=20)
    tally.released(released_of(), bounded=True, now_ns=1, came_in_ns=0)
    tally.released(released_of(), bounded=False, now_ns=2, came_in_ns=0)
    assert tally.health(0, 3).cap_px_per_m is None


def test_a_second_comes_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = [0]
    monkeypatch.setattr("vision.room.time.monotonic_ns", lambda: now_ns[0])
    second = every_second(0)
    due = []
    for tenth in range(31):
        now_ns[0] = tenth * 10**8
        due.append(next(second))
    assert [index for index, one in enumerate(due) if one] == [10, 20, 30]


# eyes


def test_a_detector_s_error_reaches_the_delay_line() -> None:
    person: Any = FoundAlways(Boxes.none(), fails=True)
    eyes = Eyes(person, person, level=RedactionLevel.STRICT)
    with pytest.raises(DetectorError):
        eyes.look(frame_of())


def test_a_sure_box_masks_whatever_its_size_and_a_weak_one_only_if_a_person_can_be_so_tall() -> None:
    frame = frame_of()
    giant, tiny = (10.0, 10.0, 200.0, 230.0), (200.0, 200.0, 203.0, 204.0)

    def masked(score: float) -> int:
        found = replace(boxes(giant, tiny), scores=np.full(2, score, np.float32))
        return len(eyes_with(found).look(frame).look.boxes)

    assert masked(0.9) == 2
    assert masked(0.2) == 0


def test_faces_are_looked_for_where_no_pose_says_how_small_they_are() -> None:
    face = boxes((50, 50, 60, 60))
    unposed = capped(textured(240, 320), REFUSAL, without_pose=True)
    assert len(eyes_with(Boxes.none(), faces=face).look(unposed).look.boxes) > 0
    assert len(eyes_with(Boxes.none(), faces=face).look(frame_of()).look.boxes) == 0
    floor = eyes_with(Boxes.none(), faces=face, level=RedactionLevel.FLOOR)
    grown = floor.look(frame_of(colour=True)).look.boxes.xyxy[0]
    assert grown[0] < 50 < 60 < grown[2]
