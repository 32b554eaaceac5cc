"""Whether a gimbal may be pointed, and what the pilot is answered."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import all as dialect

from flightlink.attitude import wrapped_deg
from flightlink.geodesy import M_PER_DEGREE
from flightlink.mavlink.messages import MessageDecoder
from flightlink.mavlink.voice import GIMBAL_PITCHYAW
from flightlink.mission import Mission
from flightlink.pointing.aim import Aim, aim_at, aim_or_refusal
from flightlink.pointing.authority import Place, PointAnswer, refusal_of_place, refusal_of_vehicle
from flightlink.pointing.pilot import Pilot
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics, PoseRefusal
from flightlink.vehicle.equipment.gimbals import GimbalFact
from flightlink.vehicle.state import LinkState, VehicleState
from tests.flightlink.feed import Flight
from tests.flightlink.packets import FakeVehicle

S = 1_000_000_000
NOW = 1_780_000_000 * S
AREA = ((2.351, 48.856), (2.353, 48.856), (2.353, 48.858), (2.351, 48.858))
MISSION = Mission(
    area=AREA, starts_utc_ns=NOW - S, ends_utc_ns=NOW + S, min_agl_m=10.0, max_agl_m=120.0, purpose="market day"
)
GIMBAL = GimbalFact(
    component_id=1, device_id=1, pitch_min_deg=None, pitch_max_deg=None, yaw_min_deg=None, yaw_max_deg=None,
    received_utc_ns=NOW,
)  # fmt: skip
POSE = CameraPose(
    utc_ns=NOW, lat_deg=48.857 - 50 / M_PER_DEGREE, lon_deg=2.352, alt_m=55.0, ground_alt_m=5.0, yaw_deg=0.0,
    pitch_deg=-90.0, roll_deg=0.0, sigma=CONSUMER_GIMBAL,
    intrinsics=Intrinsics(width_px=640, height_px=480, fx_px=500.0, fy_px=500.0, cx_px=319.5, cy_px=239.5),
)  # fmt: skip
"""50 m south of the place and 50 m above its plane."""
INSIDE = Place(lat_deg=48.857, lon_deg=2.352)


def state(**changes: Any) -> VehicleState:
    return replace(Flight(None).tracker.state(NOW), system_id=1, link=LinkState.OK, alarms=(), **changes)


@pytest.mark.parametrize(
    ("changes", "gimbals", "allowed", "refused"),
    [
        ({}, [GIMBAL], {1}, None),
        ({}, [GIMBAL], set(), "pointing_off"),
        ({}, [GIMBAL], {2}, "pointing_off"),
        ({"link": LinkState.STALE}, [GIMBAL], {1}, "link_not_ok"),
        ({"link": LinkState.LOST}, [GIMBAL], {1}, "link_not_ok"),
        ({"alarms": ("two_vehicles_one_system_id",)}, [GIMBAL], {1}, "two_vehicles"),
        ({"alarms": ("second_peer_refused",)}, [GIMBAL], {1}, "two_vehicles"),
        ({}, [], {1}, "not_one_gimbal"),
        ({}, [GIMBAL, replace(GIMBAL, device_id=2)], {1}, "not_one_gimbal"),
    ],
)
def test_a_vehicle_may_be_pointed_only_where_nothing_is_in_doubt(
    changes: dict[str, Any], gimbals: list[GimbalFact], allowed: set[int], refused: str | None
) -> None:
    answer = refusal_of_vehicle(replace(state(), **changes), gimbals, allowed=allowed)
    assert (answer and answer.refused) == refused
    assert answer is None or answer.detail


def test_a_vehicle_that_was_never_heard_is_none() -> None:
    answer = refusal_of_vehicle(None, [], allowed={1})
    assert answer is not None
    assert answer.refused == "no_vehicle"


@pytest.mark.parametrize(
    ("utc_ns", "place", "refused"),
    [
        (NOW, INSIDE, None),
        (NOW - 2 * S, INSIDE, "mission_not_started"),
        (NOW + 2 * S, INSIDE, "mission_ended"),
        (NOW, Place(lat_deg=48.8585, lon_deg=2.352), "outside_mission_area"),
        (NOW, Place(lat_deg=2.352, lon_deg=48.857), "outside_mission_area"),
        (NOW, Place(lat_deg=48.856, lon_deg=2.352), "outside_mission_area"),
    ],
)
def test_a_place_must_lie_in_the_area_and_now_in_the_time(utc_ns: int, place: Place, refused: str | None) -> None:
    answer = refusal_of_place(place, MISSION, utc_ns)
    assert (answer and answer.refused) == refused


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_no_place_outside_the_area_is_ever_allowed(lat_deg: float, lon_deg: float) -> None:
    if not (48.856 < lat_deg < 48.858 and 2.351 < lon_deg < 2.353):
        assert refusal_of_place(Place(lat_deg=lat_deg, lon_deg=lon_deg), MISSION, NOW) is not None


@pytest.mark.parametrize(
    ("north_m", "east_m", "pitch_deg", "yaw_deg"),
    [(50, 0, -45, 0), (0, 50, -45, 90), (-50, 0, -45, 180), (0, -86.6, -30, -90), (0.001, 0, -90, 0)],
)
def test_the_angles_lead_to_the_place(north_m: float, east_m: float, pitch_deg: float, yaw_deg: float) -> None:
    shrink = math.cos(math.radians(POSE.lat_deg))
    lat_deg, lon_deg = POSE.lat_deg + north_m / M_PER_DEGREE, POSE.lon_deg + east_m / M_PER_DEGREE / shrink
    aim = aim_at(Place(lat_deg=lat_deg, lon_deg=lon_deg), POSE)
    assert aim.pitch_deg == pytest.approx(pitch_deg, abs=0.01)
    assert wrapped_deg(aim.yaw_deg - yaw_deg) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("pose", "gimbal", "refused"),
    [
        (PoseRefusal(cause="stale_pose", detail="0.8 s old"), GIMBAL, "stale_pose"),
        (replace(POSE, alt_m=8.0), GIMBAL, "outside_altitude_band"),
        (replace(POSE, alt_m=150.0), GIMBAL, "outside_altitude_band"),
        (POSE, replace(GIMBAL, pitch_min_deg=-30.0), "out_of_reach"),
        (POSE, replace(GIMBAL, pitch_max_deg=-60.0), "out_of_reach"),
        (POSE, replace(GIMBAL, yaw_min_deg=-45.0, yaw_max_deg=45.0), "out_of_reach"),
        (POSE, replace(GIMBAL, yaw_min_deg=0.0, yaw_max_deg=0.0), "out_of_reach"),
    ],
)
def test_what_may_or_can_not_be_reached_is_refused(
    pose: CameraPose | PoseRefusal, gimbal: GimbalFact, refused: str
) -> None:
    answer = aim_or_refusal(INSIDE, pose, gimbal, MISSION, nose_deg=90.0)
    assert isinstance(answer, PointAnswer)
    assert answer.refused == refused
    pans = replace(GIMBAL, yaw_min_deg=-95.0, yaw_max_deg=95.0, pitch_min_deg=-90.0, pitch_max_deg=20.0)
    assert isinstance(aim_or_refusal(INSIDE, POSE, pans, MISSION, nose_deg=90.0), Aim)


@dataclass
class Vehicle:
    """A vehicle's end of the links: what it was asked, and which results it answers to each time it is."""

    answers: list[list[int]]
    command: int = GIMBAL_PITCHYAW
    component_id: int = 1
    asked: list[tuple[float, ...]] = field(default_factory=list)
    trackers: dict[int, Any] = field(default_factory=dict)
    callbacks: list[Callable[..., None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        flight = Flight(None)
        flight.fly(0, 1000)
        self.trackers[1] = flight.tracker

    def subscribe(self, on_message: Callable[..., None]) -> Callable[[], None]:
        self.callbacks.append(on_message)
        return lambda: self.callbacks.remove(on_message)

    def point_gimbal(
        self, system_id: int, component_id: int, *, device_id: int, pitch_deg: float, yaw_deg: float
    ) -> bool:
        self.asked.append((system_id, component_id, device_id, round(pitch_deg, 3), round(yaw_deg, 3)))
        for result in self.answers.pop(0) if self.answers else []:
            raw = FakeVehicle().packed(dialect.MAVLink_command_ack_message(self.command, result))
            message = MessageDecoder().decode(raw)
            for on_message in list(self.callbacks):
                on_message(system_id, self.component_id, message, NOW)
        return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flightlink.pointing.pilot._ANSWERS_WITHIN_S", 0.02)
    monkeypatch.setattr("flightlink.pointing.pilot.refusal_of_vehicle", lambda state, gimbals, *, allowed: None)


def pilot(vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch) -> Pilot:
    monkeypatch.setattr(type(vehicle.trackers[1]), "gimbals", property(lambda self: (GIMBAL,)))
    monkeypatch.setattr(type(vehicle.trackers[1]), "pose_at", lambda self, utc_ns: POSE)
    return Pilot(vehicle, MISSION, allowed={1}, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("answers", "refused", "asked"),
    [
        ([[0]], "", 1),
        ([[5, 0]], "", 1),
        ([[2]], "denied", 1),
        ([[3]], "unsupported", 1),
        ([[4]], "failed", 1),
        ([[77]], "result_77", 1),
        ([[], [0]], "", 2),
        ([[5]], "no_acknowledgement", 3),
        ([[5] * 1000 + [2], [0]], "", 2),  # the rest of a flood is left out
        ([], "no_acknowledgement", 3),
    ],
)
@pytest.mark.usefixtures("quick")
async def test_what_the_vehicle_answers_is_what_the_pilot_is_told(
    answers: list[list[int]], refused: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = Vehicle(answers)
    answer = await pilot(vehicle, monkeypatch).point(1, lat_deg=48.857, lon_deg=2.352)
    assert answer.refused == refused
    assert vehicle.asked == [(1, 1, 1, -45.0, 0.0)] * asked
    assert vehicle.callbacks == [], "nobody listens any more"


@pytest.mark.parametrize(("command", "component_id"), [(511, 1), (GIMBAL_PITCHYAW, 100)])
@pytest.mark.usefixtures("quick")
async def test_acknowledgements_of_others_do_not_count(
    command: int, component_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = Vehicle([[0], [0], [0]], command=command, component_id=component_id)
    answer = await pilot(vehicle, monkeypatch).point(1, lat_deg=48.857, lon_deg=2.352)
    assert answer.refused == "no_acknowledgement"


@pytest.mark.usefixtures("quick")
async def test_a_vehicle_is_pointed_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    vehicle = Vehicle([[0]] * 9)
    asked = pilot(vehicle, monkeypatch)
    answers = await asyncio.gather(*(asked.point(1, lat_deg=48.857, lon_deg=2.352) for _ in range(5)))
    assert sorted(answer.refused for answer in answers) == ["", *["too_soon"] * 4]
    assert len(vehicle.asked) == 1


@pytest.mark.usefixtures("quick")
async def test_what_is_refused_is_never_said(monkeypatch: pytest.MonkeyPatch) -> None:
    vehicle = Vehicle([[0]])
    answer = await pilot(vehicle, monkeypatch).point(1, lat_deg=48.9, lon_deg=2.352)
    assert answer.refused == "outside_mission_area"
    assert vehicle.asked == []
