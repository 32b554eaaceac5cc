"""A station whose vehicle says wrong things, or says them at the wrong time: what it sees, and what it cannot."""

import math
from dataclasses import replace

import pytest

from flightlink.pose import CONSUMER_GIMBAL
from sitl.world.estimate import PERFECT
from sitl.world.faults import Fault, FaultKind
from sitl.world.file import load_world
from sitl.world.profile import GimbalYaw, Profile
from sitl.world.world import World
from tests.sitl.conftest import DEMO
from tests.sitl.watch import Watched, watch

PLACE_M = 0.3
TURN_DEG = 0.6


def assert_true(seen: Watched) -> None:
    place_m, turn_deg = seen.errors(seen.poses)
    assert place_m < PLACE_M
    assert turn_deg < TURN_DEG


@pytest.mark.parametrize("lasts_s", [3.0, 8.7])
@pytest.mark.parametrize("with_timesync", [True, False])
def test_a_burst_that_was_held_is_not_stamped_on_arrival(world: World, lasts_s: float, *, with_timesync: bool) -> None:
    """The first frames of the burst come seconds late: as late as the recorded flight's."""
    held = Fault(kind=FaultKind.LINK_HELD, from_s=3, lasts_s=lasts_s)
    mute = Fault(kind=FaultKind.TIMESYNC_SILENT, from_s=-60)
    seen = watch(world, held, *([] if with_timesync else [mute]), lasts_s=lasts_s + 8)
    assert_true(seen)
    assert seen.causes(3.5, 3 + lasts_s - 0.5) == {"stale_pose"}
    assert len(seen.within(lasts_s + 5, lasts_s + 6)) == 20, "as before once it is over"


def test_without_an_answer_to_timesync_the_quickest_arrivals_tell_the_time(world: World) -> None:
    seen = watch(world, Fault(kind=FaultKind.TIMESYNC_SILENT, from_s=-60), lasts_s=8)
    assert_true(seen)
    assert len(seen.within(0, 7)) == 140
    assert seen.states[-1][1].round_trip_ms is None


def test_values_that_say_unknown_give_no_pose_and_leave_no_trace(world: World) -> None:
    seen = watch(world, Fault(kind=FaultKind.UNKNOWN_VALUES, from_s=3, lasts_s=3), lasts_s=10)
    assert_true(seen)
    assert seen.within(3.2, 5.9) == []
    assert seen.causes(3.5, 5.5) == {"no_position"}
    assert len(seen.within(7, 9)) == 40


def test_before_the_first_fix_there_is_no_place_and_never_0_0(world: World) -> None:
    restart = Fault(kind=FaultKind.RESTART, from_s=-2.5, lasts_s=0.5, fix_after_s=6)
    seen = watch(world, restart, lasts_s=8)
    assert seen.within(-2, 3) == []
    assert_true(seen)
    assert all(math.hypot(pose.lat_deg, pose.lon_deg) > 1 for pose in seen.poses)


def test_a_servo_mount_that_reports_its_joints_has_the_lean_in_its_sigma(world: World) -> None:
    """ArduPilot's flags claim the horizon's angles; the airframe leans by 11 degrees in this flight."""
    brisk = load_world(DEMO.parent / "marks.toml")
    brisk = replace(brisk, vehicles=tuple(replace(plan, estimate=PERFECT) for plan in brisk.vehicles))
    seen = watch(brisk, profile=Profile(gimbal_yaw=GimbalYaw.JOINTS), lasts_s=14)
    later = seen.within(6, 14)
    assert seen.errors(later)[1] > 4
    for pose in later:
        assert seen.error(pose)[1] < 2 * pose.sigma.pitch_deg
    usual = watch(brisk, lasts_s=14).within(0, 14)
    assert {pose.sigma.pitch_deg for pose in usual} == {CONSUMER_GIMBAL.pitch_deg}, "one that tells the horizon"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.HEIGHT, factor=2.0, from_s=4),
        Fault(kind=FaultKind.GPS_GLITCH, east_m=30.0, from_s=4),
        Fault(kind=FaultKind.TWIN, east_m=200.0, from_s=4),
    ],
    ids=lambda fault: str(fault.kind),
)
def test_a_place_that_cannot_have_been_reached_is_refused_and_doubted_when_it_stays(world: World, fault: Fault) -> None:
    seen = watch(world, fault, lasts_s=12)
    assert "position_jump" in seen.causes(4, 9)
    for pose in seen.within(4.2, 12):
        place_m, _ = seen.error(pose)
        assert place_m < max(PLACE_M, 2 * max(pose.sigma.horizontal_m, pose.sigma.vertical_m))


COMPASS = Fault(kind=FaultKind.COMPASS, by_deg=180.0, from_s=4)
HEIGHT = Fault(kind=FaultKind.HEIGHT, factor=2.0, from_s=-60)


@pytest.mark.parametrize("fault", [COMPASS, HEIGHT], ids=lambda fault: str(fault.kind))
def test_what_only_the_picture_shows_passes_the_link(world: World, fault: Fault) -> None:
    """The picture's own checks close then: the way the ground slides (180 degrees), the size of people (height)."""
    seen = watch(world, fault, lasts_s=10)
    place_m, turn_deg = seen.errors(seen.within(5, 8))
    if fault is COMPASS:
        assert turn_deg == pytest.approx(180, abs=1)
    else:
        assert place_m == pytest.approx(world.vehicles[0].route.height_m, abs=2)
