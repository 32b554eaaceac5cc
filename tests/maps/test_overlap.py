"""Overlapping pictures: votes on yaws half a turn off, and pictures shifted onto each other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from maps.camera import image_from_enu
from maps.overlap.block import Shift, moved_pose, settled_block
from maps.overlap.views import Ties, View, camera_place_m, ground_from_view, turned_half
from maps.overlap.yaw import PairEvidence, Reading, YawVerdict, yaw_evidence

LENS = Intrinsics(width_px=800, height_px=600, fx_px=600, fy_px=600, cx_px=399.5, cy_px=299.5)
NOTHING = Reading(matches=1, shift_m=9.0)


def pose_at(east_m: float, north_m: float, *, yaw_deg: float = 0.0) -> CameraPose:
    over = CameraPose(
        utc_ns=0, lat_deg=46.84, lon_deg=-91.99, alt_m=40, ground_alt_m=0, yaw_deg=yaw_deg, pitch_deg=-89.9,
        roll_deg=0, intrinsics=LENS, sigma=CONSUMER_GIMBAL,
    )  # fmt: skip
    return moved_pose(over, Shift(east_m=east_m, north_m=north_m))


def seen(first: int, second: int, reading: int, *, apart_m: float = 13.5) -> PairEvidence:
    """Return what a pair shows whose true reading is this one: the twin shows the same points, twice as far apart."""
    readings = [NOTHING] * 4
    readings[reading] = Reading(matches=40, shift_m=1.0)
    if reading in (0, 3) and 2 * apart_m < 10:
        readings[3 - reading] = Reading(matches=38, shift_m=2 * apart_m)
    none, one, other, both = readings
    return PairEvidence(first=first, second=second, readings=(none, one, other, both))


@given(flips=st.lists(st.booleans(), min_size=2, max_size=6))
def test_every_flip_is_found_from_pairs_far_enough_apart(flips: list[bool]) -> None:
    count = len(flips)
    pairs = [seen(i, j, 2 * flips[i] + flips[j]) for i in range(count) for j in range(i + 1, count)]
    expected = tuple(YawVerdict.FLIPPED if flip else YawVerdict.AGREES for flip in flips)
    assert yaw_evidence(pairs, count) == expected


def test_a_pair_taken_from_one_place_tells_nothing_of_both() -> None:
    assert yaw_evidence([seen(0, 1, 0, apart_m=1.0)], 2) == (YawVerdict.UNKNOWN, YawVerdict.UNKNOWN)
    assert yaw_evidence([seen(0, 1, 3, apart_m=4.9)], 2) == (YawVerdict.FLIPPED, YawVerdict.FLIPPED)


def test_a_relative_flip_is_carried_by_a_third_picture() -> None:
    assert yaw_evidence([seen(0, 1, 1, apart_m=1.0), seen(0, 2, 0)], 3) == (
        YawVerdict.AGREES, YawVerdict.FLIPPED, YawVerdict.AGREES,
    )  # fmt: skip


def test_doubt_decides_nothing() -> None:
    def pair(*counts: int) -> PairEvidence:
        none, one, other, both = (Reading(matches=count, shift_m=1.0) for count in counts)
        return PairEvidence(first=0, second=1, readings=(none, one, other, both))

    unknown = (YawVerdict.UNKNOWN, YawVerdict.UNKNOWN)
    assert yaw_evidence([], 2) == unknown
    assert yaw_evidence([pair(5, 0, 0, 0)], 2) == unknown  # too few
    assert yaw_evidence([pair(40, 20, 0, 0)], 2) == unknown  # not clear
    assert yaw_evidence([pair(40, 0, 0, 40)], 2) == unknown  # both the same
    assert yaw_evidence([pair(40, 0, 0, 0)], 3) == (YawVerdict.AGREES, YawVerdict.AGREES, YawVerdict.UNKNOWN)
    with pytest.raises(ValueError, match="pairs"):
        yaw_evidence([pair(40, 0, 0, 0)], 1)


def views_and_ties(poses: Sequence[CameraPose], told: Sequence[CameraPose]) -> tuple[list[View], list[Ties]]:
    """Return what cameras see of marks on the ground, with the poses that are told, and which mark is which."""
    random = np.random.default_rng(3)
    marks = np.column_stack([random.uniform(-25, 25, (60, 2)), np.zeros(60)])
    views = []
    for pose, as_told in zip(poses, told, strict=True):
        about = marks - np.append(camera_place_m(pose, poses[0]), pose.alt_m)
        u_px, v_px, _ = image_from_enu(pose, about)
        views.append(View(pose=as_told, u_px=u_px, v_px=v_px))
    inside = [(np.abs(v.u_px - 400) < 400) & (np.abs(v.v_px - 300) < 300) for v in views]
    ties = []
    for first in range(len(views)):
        for second in range(first + 1, len(views)):
            both = np.flatnonzero(inside[first] & inside[second])
            ties.append(Ties(first=first, second=second, of_first=both, of_second=both))
    return views, ties


@given(
    errors=st.lists(
        st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(-4, 4)), min_size=4, max_size=4
    )
)  # fmt: skip
def test_pictures_settle_on_one_ground_whatever_their_receivers_say(errors: list[tuple[float, float, float]]) -> None:
    true = [pose_at(0, 0), pose_at(10, 0, yaw_deg=5), pose_at(0, 12, yaw_deg=178), pose_at(10, 12, yaw_deg=90)]
    told = [
        moved_pose(pose, Shift(east_m=east, north_m=north, yaw_deg=yaw))
        for pose, (east, north, yaw) in zip(true, errors, strict=True)
    ]
    views, ties = views_and_ties(true, told)
    block = settled_block(views, ties)
    assert not block.after_m > 0.1
    assert block.after_m <= block.before_m + 0.01
    # the block as a whole stays where the receivers' mean has it
    assert np.mean([[s.east_m, s.north_m] for s in block.shifts], axis=0) == pytest.approx([0, 0], abs=0.05)


def test_a_wrong_tie_costs_little() -> None:
    true = [pose_at(0, 0), pose_at(10, 0, yaw_deg=5)]
    views, ties = views_and_ties(true, true)
    wrong = replace(ties[0], of_second=np.concatenate([ties[0].of_second[:-2], ties[0].of_second[:2]]))
    shifts = settled_block(views, [wrong]).shifts
    assert max(abs(s.east_m) + abs(s.north_m) for s in shifts) < 0.3


def test_without_ties_nothing_moves() -> None:
    view = View(pose=pose_at(0, 0), u_px=np.zeros(0), v_px=np.zeros(0))
    assert settled_block([view], []).shifts == (Shift(),)


def test_half_a_turn_moves_a_point_to_the_other_side() -> None:
    view = View(pose=pose_at(0, 0), u_px=np.array([700.0]), v_px=np.array([300.0]))
    straight, flipped = (ground_from_view(view, view.pose, flipped=flip)[0] for flip in (False, True))
    assert straight == pytest.approx(-flipped, abs=0.3)  # but for the tenth of a degree off nadir
    assert turned_half(turned_half(view.pose, flipped=True), flipped=True) == view.pose
