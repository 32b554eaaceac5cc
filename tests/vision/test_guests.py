"""Guests: whatever a detector of the user's own says, masks are only added, nobody waits, and its faults are named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("onnx", reason="small networks are made with onnx, which set-up brings")

from tests.vision.guest_networks import end_to_end, kept, network, raw
from tests.vision.scene import UTC_NS, boxes, frame_of, look_at, mission, pose
from tests.vision.test_delay import MS, EyesThatFail, frames
from tests.vision.test_delay_live import ByHand, Live, run
from tests.vision.test_room import PERSON, eyes_with
from vision.added import OLDEST_NS, AddedLooks, LiveAdded
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.delay import Ready, Seen, file_order
from vision.engine import DetectorError, Picture
from vision.eyes import Eyes
from vision.gate import Gate
from vision.guests import (
    CHANGED,
    EVERYTHING_LOOKS,
    FAILED,
    FINDS_EVERYTHING,
    FINDS_NOTHING,
    LATE,
    MISSING,
    NOTHING_LOOKS,
    Guests,
    Member,
    covered_share,
    guests_from,
)
from vision.live_order import LiveOrder
from vision.masks import Look, mask_for

FRAME = frame_of()
ALL = (0.0, 0.0, 320.0, 240.0)
CORNER = st.floats(-50, 400, width=32)
BOX = st.tuples(CORNER, CORNER, CORNER, CORNER)
MOVED = {"still": {}, "turned": {"yaw_deg": 4.0}, "rolled": {"roll_deg": 30.0}}


@dataclass
class Says:
    """A detector that says what it is told."""

    found: Boxes | DetectorError

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        if isinstance(self.found, DetectorError):
            raise self.found
        return self.found


def member(*xyxy: tuple[float, float, float, float], fails: bool = False) -> Member:
    found = DetectorError("junk") if fails else boxes(*xyxy)
    return Member(name="festival", detector=Says(found), mask_score=0.1)


def guests(*xyxy: tuple[float, float, float, float], fails: bool = False) -> Guests:
    return Guests(members=[member(*xyxy, fails=fails)])


# masks are only added


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(BOX, st.integers(-400, 400)), max_size=4),
    st.lists(st.tuples(BOX, st.integers(-2000, 2000)), max_size=4),
    st.sampled_from(sorted(MOVED)),
)
def test_masks_with_a_guest_hold_all_that_they_hold_without(
    own: list[tuple[Any, int]], of_guest: list[tuple[Any, int]], moved: str
) -> None:
    frame = frame_of(pose(**MOVED[moved]))
    looks = [look_at(FRAME, box, later_s=ms / 1000) for box, ms in sorted(own, key=lambda one: one[1])]
    added = [look_at(FRAME, box, later_s=ms / 1000) for box, ms in sorted(of_guest, key=lambda one: one[1])]
    gate = Gate(mission=mission())
    without, beside = gate.released(frame, looks), gate.released(frame, looks, added=added)
    assert ((beside.hidden > 0) | (without.hidden == 0)).all()
    assert beside.closed_because == without.closed_because
    assert beside.masked_share >= without.masked_share


def test_a_guests_box_does_not_drop_a_box_that_is_remembered() -> None:
    """In one list it would: half of the lost person's box lies in it."""
    lost = look_at(FRAME, PERSON, later_s=-0.2)
    looks = [lost, look_at(FRAME, later_s=-0.1), look_at(FRAME, later_s=0.05)]
    half = (150.0, 100.0, 170.0, 124.0)
    added = look_at(FRAME, half, later_s=0.05)
    mixed = [*looks[:2], replace(looks[2], boxes=boxes(half))]
    assert mask_for(FRAME, looks)[140, 160]
    assert not mask_for(FRAME, mixed)[150, 160]
    assert Gate(mission=mission()).released(FRAME, looks, added=[added]).hidden[150, 160]


def test_a_guest_cannot_stand_in_for_a_look_that_is_missing() -> None:
    released = Gate(mission=mission()).released(FRAME, [], added=[look_at(FRAME, PERSON)])
    assert released.closed_because == "detector_late"


def test_what_only_the_guest_finds_is_hidden() -> None:
    released = Gate(mission=mission()).released(FRAME, [look_at(FRAME)], added=[look_at(FRAME, PERSON)])
    assert released.hidden[100:145, 150:170].all()
    assert not released.closed_because


def test_added_looks_are_forgotten_within_a_second() -> None:
    looks = AddedLooks()
    looks.add(look_at(FRAME, PERSON))
    assert len(looks.for_frame(UTC_NS + OLDEST_NS)) == 1
    assert looks.for_frame(UTC_NS + OLDEST_NS + 1) == []
    assert looks.for_frame(UTC_NS - OLDEST_NS // 2) == []


# its faults are named


def look(of: Guests, *, times: int = 1, surely_there: int = 0) -> Look:
    return [of.look(FRAME, surely_there=surely_there) for _ in range(times)][-1]


def test_a_guest_that_works_has_no_cause() -> None:
    of = guests(PERSON)
    assert len(look(of).boxes) == 1
    assert of.causes() == {"festival": ""}


def test_a_guest_that_fails_adds_nothing_and_is_named_until_it_answers_again() -> None:
    of = guests(fails=True)
    assert len(look(of).boxes) == 0
    assert of.causes() == {"festival": FAILED}
    of.members[0].detector = Says(boxes(PERSON))
    assert len(look(of).boxes) == 1
    assert of.causes() == {"festival": ""}


def test_the_other_guests_go_on() -> None:
    of = Guests(members=[member(fails=True), replace(member(PERSON), name="second")])
    assert len(look(of).boxes) == 1
    assert of.causes() == {"festival": FAILED, "second": ""}


def test_a_guest_that_finds_everything_is_named_and_keeps_masking() -> None:
    of = guests(ALL)
    look(of, times=EVERYTHING_LOOKS - 1)
    assert of.causes() == {"festival": ""}
    assert len(look(of).boxes) == 1
    assert of.causes() == {"festival": FINDS_EVERYTHING}
    of.members[0].detector = Says(boxes(PERSON))
    look(of)
    assert of.causes() == {"festival": ""}


def test_a_guest_that_finds_nobody_where_the_others_do_is_named() -> None:
    of = guests()
    look(of, times=NOTHING_LOOKS, surely_there=2)
    assert of.causes() == {"festival": ""}
    look(of, times=NOTHING_LOOKS, surely_there=3)
    assert of.causes() == {"festival": FINDS_NOTHING}
    of.members[0].detector = Says(boxes(PERSON))
    look(of)
    assert of.causes() == {"festival": ""}


@pytest.mark.parametrize(("found", "share"), [((), 0.0), ((ALL,), 1.0), (((0, 0, 160, 240), (80, 0, 160, 240)), 0.5)])
def test_the_covered_share_counts_each_place_once(found: tuple[Any, ...], share: float) -> None:
    assert covered_share(boxes(*found), 320, 240) == pytest.approx(share, abs=0.02)


# the files


def test_a_guests_file_becomes_masks_of_its_people(tmp_path: Path) -> None:
    of = guests_from([kept(tmp_path, network(raw((100, 80, 40, 60, 1, 0.8), (20, 20, 20, 20, 0, 0.9))))])
    assert look(of).boxes.xyxy.tolist() == [[80.0, 50.0, 120.0, 110.0]]


def test_a_missing_changed_or_broken_file_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    works = kept(tmp_path, network(end_to_end((80, 50, 120, 110, 0.8, 1))), name="works")
    told = [
        works,
        replace(works, name="gone", path=str(tmp_path / "gone.onnx")),
        replace(works, name="other", sha256="0" * 64),
        kept(tmp_path, b"junk", name="junk"),
        kept(tmp_path, network(np.zeros((1, 9, 50), np.float32)), name="shape"),
        replace(works, name="classes", class_ids=(7,)),
    ]
    of = guests_from(told)
    assert of.causes() == {
        "works": "", "gone": MISSING, "other": CHANGED, "junk": FAILED, "shape": FAILED, "classes": FAILED,
    }  # fmt: skip
    assert len(look(of).boxes) == 1


# nobody waits for it


def eyes_and(of: Guests) -> Eyes:
    eyes = eyes_with(Boxes.none())
    eyes.guests = of
    return eyes


def test_in_a_file_every_look_has_its_added_look() -> None:
    eyes = eyes_and(guests(PERSON))
    with ThreadPoolExecutor(1) as executor:
        out = list(file_order(frames(25), eyes, executor, stride=5, added=eyes))
        plain = list(file_order(frames(25), eyes_with(Boxes.none()), executor, stride=5))
    ready = [one for one in out if isinstance(one, Ready)]
    assert [one.frame.index for one in ready] == list(range(25))
    assert all(one.added for one in ready[:20])
    shipped = [[each.utc_ns for each in one.looks] for one in plain if isinstance(one, Ready)]
    assert [[each.utc_ns for each in one.looks] for one in ready] == shipped
    assert sum(isinstance(one, Seen) for one in out) == sum(isinstance(one, Seen) for one in plain)


def live_with(of: Guests, executor: ByHand) -> Live:
    live = Live()
    eyes = eyes_and(of)
    added = LiveAdded(eyes, executor, core_share=2.0)
    live.order = LiveOrder(live.eyes, live.lookers, live.counters, core_share=2.0, added=added)
    return live


@pytest.mark.parametrize("finish_every_ms", [60, 300])
def test_a_guest_that_hangs_delays_and_closes_no_frame_and_is_called_late(finish_every_ms: float) -> None:
    plain, of = Live(EyesThatFail()), guests(PERSON)
    beside = live_with(of, ByHand())  # never done
    run(plain, 50, finish_every_ms=finish_every_ms)
    run(beside, 50, finish_every_ms=finish_every_ms)
    assert beside.out == plain.out
    assert of.causes() == {"festival": LATE}


def test_a_live_guests_look_masks_the_frames_near_it() -> None:
    of, executor = guests(PERSON), ByHand()
    live = live_with(of, executor)
    out: list[Ready] = []
    for number, frame in enumerate(frames(40)):
        executor.finish()
        live.lookers.finish()
        out += list(live.order.take(frame, number * 40 * MS))
        out += [item for item, _ in live.order.due(number * 40 * MS) if isinstance(item, Ready)]
    assert all(one.added for one in out[2:])
    assert of.causes() == {"festival": ""}


def test_when_the_clock_is_set_back_added_looks_are_forgotten() -> None:
    of, executor = guests(PERSON), ByHand()
    added = LiveAdded(eyes_and(of), executor, core_share=2.0)
    added.turn(FRAME)
    executor.finish()
    added.turn(FRAME)
    assert added.for_frame(UTC_NS)
    added.forget()
    assert added.for_frame(UTC_NS) == []


def test_a_costly_guest_looks_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ByHand()
    added = LiveAdded(eyes_and(guests(PERSON)), executor, core_share=2.0)
    monkeypatch.setattr("vision.added.costed", lambda run, frame: (run(frame), 600 * MS))
    started = 0
    for ms in range(0, 10_000, 40):
        added.turn(later(ms))
        started += len(executor.given)
        executor.finish()
    assert 4 <= started <= 7  # 0.6 s of processor time in 0.3 of a core: one look in two seconds


def test_a_guest_is_not_late_while_nothing_may_be_shown() -> None:
    of = guests(PERSON)
    added = LiveAdded(eyes_and(of), ByHand(), core_share=2.0)
    for ms in range(0, 3000, 100):
        added.turn(replace(later(ms), refusal_closes=True))
        assert added.for_frame(UTC_NS + ms * MS) == []
    assert of.causes() == {"festival": ""}


def later(ms: int) -> CappedFrame:
    return replace(FRAME, utc_ns=UTC_NS + ms * MS)
