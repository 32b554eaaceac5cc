"""A station beside a simulated vehicle to which things happen: a pose may be missing, but never silently wrong."""

import pytest

from flightlink.vehicle.state import LinkState
from sitl.world.faults import Fault, FaultKind
from sitl.world.profile import GimbalYaw, Profile
from sitl.world.world import World
from tests.sitl.watch import watch

PLACE_M = 0.3
TURN_DEG = 0.6
"""What a sound link allows: stamps of a millisecond, samples every 50 and 100 ms."""


def test_a_sound_link_gives_every_pose(world: World) -> None:
    seen = watch(world, lasts_s=8)
    assert len(seen.within(0, 7)) == 140
    place_m, turn_deg = seen.errors(seen.poses)
    assert place_m < PLACE_M
    assert turn_deg < TURN_DEG
    assert seen.causes(0, 8) == set()


@pytest.mark.parametrize("ppm", [85.0, -85.0])
def test_drift_and_a_round_trip_with_a_tail_cost_less_than_a_metre(world: World, ppm: float) -> None:
    late = Fault(kind=FaultKind.DELAY, mean_s=0.003, spread_s=0.004)
    seen = watch(world, late, profile=Profile(drift_ppm=ppm), lasts_s=25)
    assert len(seen.within(0, 24)) > 470
    place_m, turn_deg = seen.errors(seen.poses)
    assert place_m < PLACE_M
    assert turn_deg < TURN_DEG


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.LOSS, share=0.2, from_s=2, lasts_s=6),
        Fault(kind=FaultKind.REORDER, share=0.3, by_s=0.12, from_s=2, lasts_s=6),
        Fault(kind=FaultKind.DUPLICATE, share=0.5, by_s=0.3, from_s=2, lasts_s=6),
        Fault(kind=FaultKind.DELAY, mean_s=0.3, spread_s=0.1, from_s=2, lasts_s=6),
    ],
    ids=lambda fault: str(fault.kind),
)
def test_a_bad_link_costs_poses_but_not_their_truth(world: World, fault: Fault) -> None:
    seen = watch(world, fault, lasts_s=12)
    place_m, turn_deg = seen.errors(seen.poses)
    assert place_m < 3 * PLACE_M
    assert turn_deg < 3 * TURN_DEG
    assert len(seen.within(2, 8)) > 60
    assert len(seen.within(10, 11)) == 20, "as before once it is over"


def test_duplicates_and_overtaking_are_no_loss(world: World) -> None:
    twice = Fault(kind=FaultKind.DUPLICATE, share=0.5, by_s=0.02)
    late = Fault(kind=FaultKind.REORDER, share=0.2, by_s=0.02)
    lossy = Fault(kind=FaultKind.LOSS, share=0.2)
    for faults, share, within in (((twice,), 0.0, 0.0), ((late,), 0.0, 0.12), ((lossy,), 0.2, 0.08)):
        _, state = watch(world, *faults, lasts_s=12).states[-1]
        assert state.loss_share == pytest.approx(share, abs=within + 1e-9)


def test_a_lost_link_is_stale_then_lost_then_back(world: World) -> None:
    seen = watch(world, Fault(kind=FaultKind.LINK_LOSS, from_s=3, lasts_s=12), lasts_s=22)
    assert set(seen.links(0, 3)) == {LinkState.OK}
    assert set(seen.links(6.5, 12.9)) == {LinkState.STALE}
    assert set(seen.links(13.2, 14.9)) == {LinkState.LOST}
    assert set(seen.links(16, 22)) == {LinkState.OK}
    assert seen.within(3.3, 14.7) == []
    assert seen.causes(3.3, 14.8) <= {"stale_pose", "no_position", "no_attitude", "no_gimbal", "no_clock"}
    assert len(seen.within(18, 21)) == 60
    place_m, turn_deg = seen.errors(seen.poses)
    assert place_m < PLACE_M
    assert turn_deg < TURN_DEG


def test_after_a_restart_the_old_clock_is_dropped(world: World) -> None:
    seen = watch(world, Fault(kind=FaultKind.RESTART, from_s=4, lasts_s=3, fix_after_s=6), lasts_s=18)
    assert seen.within(4.3, 10) == [], "silence, then no fix"
    assert "no_position" in seen.causes(8, 10)
    assert len(seen.within(13, 17)) == 80
    place_m, turn_deg = seen.errors(seen.poses)
    assert place_m < PLACE_M
    assert turn_deg < TURN_DEG
    _, state = seen.states[-1]
    assert state.loss_share == pytest.approx(0, abs=0.02), "numbers that began anew are no loss"


@pytest.mark.parametrize("by_s", [-20.0, -0.9, -0.45, -0.3, 0.3, 0.45, 0.7, 30.0])
def test_a_jump_of_the_clock_is_noticed_at_the_next_round_trip_at_the_latest(world: World, by_s: float) -> None:
    late = Fault(kind=FaultKind.DELAY, mean_s=0.004, spread_s=0.004)
    seen = watch(world, late, Fault(kind=FaultKind.CLOCK_JUMP, by_s=by_s, from_s=4), lasts_s=12)
    place_m, turn_deg = seen.errors([*seen.within(-2, 3.5), *seen.within(4.6, 12)])
    assert place_m < PLACE_M
    assert turn_deg < TURN_DEG
    assert len(seen.within(6, 11)) == 100


def test_two_numbers_under_one_system_id_end_the_poses(world: World) -> None:
    seen = watch(world, Fault(kind=FaultKind.SECOND_VEHICLE, from_s=1), lasts_s=45)
    assert seen.within(40, 44) == []
    assert seen.causes(42, 44) == {"two_vehicles"}
    assert "two_vehicles_one_system_id" in seen.states[-1][1].alarms


def test_a_failing_battery_is_shown_as_it_is(world: World) -> None:
    seen = watch(world, Fault(kind=FaultKind.BATTERY_FAILURE, percent=7, from_s=4), lasts_s=8)
    told = [state.battery_percent for t_s, state in seen.states if t_s > 1]
    assert (told[0], told[-1]) == (97, 7)
    assert len(seen.within(0, 7)) == 140


@pytest.mark.parametrize("kind", [GimbalYaw.EARTH, GimbalYaw.LOCK_ONLY])
def test_every_honest_frame_of_the_yaw_is_read(world: World, kind: GimbalYaw) -> None:
    seen = watch(world, profile=Profile(gimbal_yaw=kind), lasts_s=4)
    assert len(seen.within(0, 3)) == 60
    assert max(seen.errors(seen.poses)) < TURN_DEG


def test_two_frames_at_once_give_no_pose(world: World) -> None:
    seen = watch(world, profile=Profile(gimbal_yaw=GimbalYaw.BOTH), lasts_s=4)
    assert seen.poses == []
    assert seen.causes(1, 4) == {"unknown_yaw_frame"}


GLITCH = Fault(kind=FaultKind.GPS_GLITCH, east_m=30, from_s=4, lasts_s=4)
WRONG_FLAGS = Fault(kind=FaultKind.YAW_FLAGS, from_s=4)
STUCK = Fault(kind=FaultKind.GIMBAL_STUCK, from_s=4)


def test_a_place_that_jumps_with_a_good_fix_is_refused_while_it_is_off(world: World) -> None:
    seen = watch(world, GLITCH, lasts_s=12)
    assert seen.within(4.5, 7.5) == []
    assert "position_jump" in seen.causes(4, 8)
    place_m, _ = seen.errors(seen.poses)
    assert place_m < 3 * PLACE_M
    assert len(seen.within(9, 11)) == 40, "as before once it is over"


@pytest.mark.parametrize("fault", [WRONG_FLAGS, STUCK], ids=lambda fault: str(fault.kind))
def test_what_no_message_betrays_the_station_cannot_see(world: World, fault: Fault) -> None:
    """The station's limits, measured: telemetry that is consistent and wrong passes. Only the picture could tell."""
    seen = watch(world, fault, lasts_s=12)
    _, turn_deg = seen.errors(seen.within(5, 8))
    assert len(seen.within(5, 8)) == 60
    assert turn_deg > 1
