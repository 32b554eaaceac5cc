"""Yaws half a turn off, found in rendered photos whose cameras are known; and what gives no answer."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.overlap.block import Shift, moved_pose
from maps.overlap.views import turned_half
from tests.vision.beaches import beach, flight, photo_of
from vision.capped import CappedFrame
from vision.overlap import overlap_figures
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

GROUND = beach()
TRUE = flight([(0, 0, 44), (9, 9, 45), (-2, 18, 48), (-11, 8, 43)])


def frames_of(
    true: Sequence[CameraPose], told: Sequence[CameraPose], ground: NDArray[np.uint8] = GROUND
) -> list[CappedFrame | None]:
    cap = Cap()
    return [
        cap.capped(RawFrame(photo_of(ground, camera), index=0, utc_ns=0), pose)
        for camera, pose in zip(true, told, strict=True)
    ]


def verdicts(figures: dict[str, list[dict[str, str]]]) -> str:
    """Return one letter a photo: agrees, flipped, unknown."""
    return "".join(photo["verdict"][0] for photo in figures["photos"])


@pytest.mark.parametrize("flips", ["aaaa", "aafa", "ffaf", "ffff"])
def test_each_flip_is_found_both_ways(flips: str) -> None:
    told = [turned_half(pose, flipped=flip == "f") for pose, flip in zip(TRUE, flips, strict=True)]
    figures = overlap_figures(frames_of(TRUE, told))
    assert verdicts(figures) == flips
    assert figures["after_m"] < 0.3


def test_photos_settle_where_their_cameras_truly_were() -> None:
    errors = [Shift(east_m=1.5, yaw_deg=2.0), Shift(north_m=-1.5), Shift(east_m=-1.5, yaw_deg=-3.0), Shift(north_m=1.5)]
    told = [turned_half(moved_pose(pose, error), flipped=True) for pose, error in zip(TRUE, errors, strict=True)]
    figures = overlap_figures(frames_of(TRUE, told))
    assert verdicts(figures) == "ffff"
    assert figures["after_m"] < 0.3 < figures["before_m"]
    for error, photo in zip(errors, figures["photos"], strict=True):
        assert (photo["east_m"], photo["north_m"]) == pytest.approx((-error.east_m, -error.north_m), abs=0.6)
        assert photo["yaw_deg"] == pytest.approx(-error.yaw_deg, abs=1.0)


def test_a_pair_alone_tells_it_too() -> None:
    assert verdicts(overlap_figures(frames_of(TRUE[:2], TRUE[:2]))) == "aa"
    told = [turned_half(TRUE[0], flipped=True), TRUE[1]]
    assert verdicts(overlap_figures(frames_of(TRUE[:2], told))) == "fa"


def test_without_overlap_texture_or_a_picture_nothing_is_told() -> None:
    alone = frames_of(TRUE[:1], TRUE[:1])
    assert verdicts(overlap_figures(alone)) == "u"
    far = flight([(0, 0, 44), (300, 0, 44)])
    assert verdicts(overlap_figures(frames_of(TRUE[:2], far))) == "uu"
    assert verdicts(overlap_figures(frames_of(TRUE[:2], TRUE[:2], np.full_like(GROUND, 100)))) == "uu"
    assert verdicts(overlap_figures([*alone, None])) == "uu"
    assert overlap_figures([])["photos"] == []


def test_another_beach_is_no_evidence() -> None:
    other = frames_of(TRUE[1:2], TRUE[1:2], beach(seed=9))
    assert verdicts(overlap_figures([*frames_of(TRUE[:1], TRUE[:1]), *other])) == "uu"


def test_a_yaw_off_by_a_quarter_turn_is_not_taken_for_right() -> None:
    told = [replace(TRUE[0], yaw_deg=TRUE[0].yaw_deg + 90), *TRUE[1:]]
    assert verdicts(overlap_figures(frames_of(TRUE, told))) == "uaaa"
