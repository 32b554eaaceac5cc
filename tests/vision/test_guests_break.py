"""An error of a guest that nobody foresaw: that guest is dropped and named, all others go on, no mask is lost."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("onnx", reason="small networks are made with onnx, which set-up brings")

from groundstation.guest_causes import guests_say
from tests.vision.clips import pictures, written
from tests.vision.guest_networks import kept, network, ragged_network, raw
from tests.vision.scene import boxes, mission
from tests.vision.test_delay import frames
from tests.vision.test_delay_live import ByHand
from tests.vision.test_guests import FRAME, eyes_and, later
from tests.vision.test_room import PERSON
from tests.vision.test_worker import CAMERA, order, worked
from vision.added import LiveAdded, added_look
from vision.boxes import Boxes
from vision.delay import Ready, file_order
from vision.engine import Picture
from vision.guests import BROKE, Guests, Member, guests_from

NOT_FORESEEN = [IndexError("row 9"), ValueError("inhomogeneous"), MemoryError(), ZeroDivisionError(), TypeError("None")]


@dataclass
class Breaks:
    """A detector that answers a few times, then ends in an error that nobody foresaw."""

    error: BaseException
    answers: int = 0
    asked: int = field(default=0, init=False)

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.asked += 1
        if self.asked > self.answers:
            raise self.error
        return boxes(PERSON)


def guests_of(*kinds: int, error: BaseException = NOT_FORESEEN[0]) -> Guests:
    """Return guests that answer so many times before they break; a negative number never does."""
    return Guests(
        members=[
            Member(name=f"guest{number}", detector=Breaks(error, kind if kind >= 0 else 10**6), mask_score=0.1)
            for number, kind in enumerate(kinds)
        ]
    )


@given(st.lists(st.sampled_from([-1, 0]), max_size=5), st.sampled_from(NOT_FORESEEN))
def test_those_that_break_are_dropped_and_named_and_all_others_mask_in_the_same_look(
    kinds: list[int], error: Exception
) -> None:
    of = guests_of(*kinds, error=error)
    with ThreadPoolExecutor(1) as executor:
        look = added_look(eyes_and(of), executor, FRAME)
    assert len(look.boxes) == kinds.count(-1)
    assert of.causes() == {f"guest{number}": "" if kind else BROKE for number, kind in enumerate(kinds)}
    assert [member.name for member in of.members] == [f"guest{number}" for number, kind in enumerate(kinds) if kind]


def test_in_a_file_every_look_has_its_added_look_whoever_breaks_on_the_way() -> None:
    of = guests_of(-1, 2)
    with ThreadPoolExecutor(1) as executor:
        out = list(file_order(frames(25), eyes_and(of), executor, stride=5, added=eyes_and(of)))
    ready = [one for one in out if isinstance(one, Ready)]
    assert [one.frame.index for one in ready] == list(range(25))
    assert all(one.added for one in ready[:20])
    assert of.causes() == {"guest0": "", "guest1": BROKE}


def test_live_the_others_look_again_at_once_and_what_was_seen_before_still_masks() -> None:
    of, executor = guests_of(-1, 1, error=ZeroDivisionError()), ByHand()
    added = LiveAdded(eyes_and(of), executor, core_share=2.0)
    seen = []
    for ms in range(0, 1600, 200):
        added.turn(later(ms))
        executor.finish()
        seen.append(sum(len(look.boxes) for look in added.for_frame(later(ms).utc_ns)))
    assert of.causes() == {"guest0": "", "guest1": BROKE}
    assert min(seen[1:]) >= 2  # both of the first look, which are remembered for a second, then the other's looks
    assert seen[-1] >= 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_a_program_is_nobodys_fault_and_is_raised(error: BaseException) -> None:
    of, run = guests_of(0, error=error), Future[object]()
    run.set_exception(error)
    of._at_work = of.members[0]
    with pytest.raises(type(error)):
        of.broke(run)
    assert len(of.members) == 1


def test_an_error_while_no_guest_was_at_work_is_our_own_and_is_raised() -> None:
    of, run = guests_of(-1), Future[object]()
    run.set_exception(IndexError("ours"))
    with pytest.raises(IndexError, match="ours"):
        of.broke(run)


def test_one_that_breaks_while_it_is_loaded_is_named_and_the_others_load(tmp_path: Path) -> None:
    told = kept(tmp_path, network(raw()), name="good")
    nothing = kept(tmp_path, network(raw()), name="of_nothing")
    object.__setattr__(nothing, "class_ids", ())
    found = guests_from([nothing, told])
    assert found.causes() == {"of_nothing": BROKE, "good": ""}


@pytest.mark.model
@pytest.mark.usefixtures("weights")
def test_a_file_that_breaks_off_ends_no_worker(tmp_path: Path) -> None:
    """Its answer is a list of blocks that fit into no array: numpy raises what no engine ever did."""
    clip = written(tmp_path / "clip.mp4", pictures(24))
    told = kept(tmp_path, ragged_network())
    alone, beside = (worked(order(clip, fixed_pose=CAMERA, mission=mission(), guests=some)) for some in ((), (told,)))
    assert alone.status == beside.status == 0, beside.stderr
    assert beside.health.guest_detectors == {"festival": BROKE}
    assert "broke off" in str(guests_say(beside.health.guest_detectors))
    assert beside.health.frames_out == alone.health.frames_out == 24
    assert [one.cells for one in beside.counts] == [one.cells for one in alone.counts]
    assert np.isclose(beside.health.masked_share, alone.health.masked_share)
