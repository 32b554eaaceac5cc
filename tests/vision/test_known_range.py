"""Where figures come with a word: too steep for the networks that there are, too small or too large in their input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flightlink.pose import CameraPose
from tests.vision.scene import REFUSAL, capped, lens, pose, textured
from vision.known_range import KnownRange
from vision.networks import STREET, STREET_ONLY, Networks
from vision.truth import Label, TruthPicture

WIDTH_PX, HEIGHT_PX = 480, 360
BOTH = Networks(above=replace(STREET, least_person_px=10.0))


def truth_of(*sizes_px: float) -> TruthPicture:
    corners = [(10.0, 10.0, 10.0 + size_px / 3, 10.0 + size_px) for size_px in sizes_px]
    return TruthPicture(
        picture="a.jpg", width_px=WIDTH_PX, height_px=HEIGHT_PX, xyxy=np.array(corners).reshape(-1, 4),
        labels=(Label.PERSON,) * len(corners),
    )  # fmt: skip


def warnings(truth: TruthPicture, camera: CameraPose | None, networks: Networks = STREET_ONLY) -> list[str]:
    known, pixels = KnownRange(), textured(HEIGHT_PX, WIDTH_PX)
    known.add(truth, capped(pixels, camera or REFUSAL, without_pose=True), networks)
    return [warning.partition(":")[0] for warning in known.warnings()]


def at(pitch_deg: float) -> CameraPose:
    return pose(pitch_deg=pitch_deg, alt_m=30.0, intrinsics=lens(WIDTH_PX, HEIGHT_PX, 450.0))


def test_too_steep_is_what_no_network_counts() -> None:
    said = ["1 of 1 pictures look down more steeply than 60 degrees"]
    assert warnings(truth_of(40), at(-80)) == said
    assert warnings(truth_of(40), at(-59)) == []
    assert warnings(truth_of(40), at(-80), BOTH) == []
    assert warnings(replace(truth_of(40), pitch_deg=80), None) == said
    assert warnings(truth_of(40), None) == []


@pytest.mark.parametrize(
    ("size_px", "said"),
    [(5.0, ["1 of 1 people are too small in the network's input"]), (30.0, []),
     (170.0, ["1 of 1 people are too large in the network's input"])],
)  # fmt: skip
def test_too_small_or_too_large_is_by_the_size_that_the_network_sees(size_px: float, said: list[str]) -> None:
    assert warnings(truth_of(size_px), None) == said  # seen at 1.33 and 2.67 times their size


def test_who_one_network_sees_large_enough_is_not_too_small() -> None:
    assert warnings(truth_of(5.0), None, BOTH) == []


def test_few_of_many_are_not_worth_a_word() -> None:
    assert warnings(truth_of(5.0, *[30.0] * 19), None) == []
    assert warnings(truth_of(5.0, 5.0, *[30.0] * 18), None) == ["2 of 20 people are too small in the network's input"]
