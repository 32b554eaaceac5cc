"""A station's ears beside real autopilots: what it knows of each frame's camera, against the simulator's truth."""

import asyncio
import math
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from flightlink.attitude import angle_between_deg, quaternion_from_attitude
from flightlink.links.link import FlightLinks
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.tracker import VehicleTracker
from sitl.ardupilot.errors import AutopilotError
from sitl.ardupilot.flight import Crew
from sitl.ardupilot.launch import PORTS_APART, RC_PORT
from sitl.ardupilot.place import east_north_m
from sitl.station_files import video_latency_s
from sitl.world.clock import WorldClock
from sitl.world.errors import NotSeenError
from sitl.world.route import FlightInstant
from sitl.world.world import Home


def first_free_instance(count: int) -> int:
    """Return the first of some numbers whose ports nobody has: another simulator may run on this machine."""
    for instance in range(100, 200, count):
        if all(is_free(RC_PORT + PORTS_APART * (instance + number)) for number in range(count)):
            return instance
    pytest.fail(f"no free ports for {count} simulators")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104  # where the simulator itself binds
        except OSError:
            return False
    return True


AIRBORNE_M = 1.2
"""Below 1 m over its home no pose is given: the ground plane would be seen edge on."""


@dataclass(slots=True)
class Watched:
    """The frames of one flight, from take-off to landing."""

    ages_ms: list[float] = field(default_factory=list)
    """Of the poses; infinite where there is none."""
    refusals: list[PoseRefusal] = field(default_factory=list)
    away_m: list[float] = field(default_factory=list)
    turned_deg: list[float] = field(default_factory=list)
    truths: list[FlightInstant] = field(default_factory=list)

    @property
    def fresh_share(self) -> float:
        """Of all frames, those whose pose is at most 250 ms old."""
        return sum(age <= 250 for age in self.ages_ms) / len(self.ages_ms)

    def take(self, pose: CameraPose | PoseRefusal, truth: FlightInstant, home: Home) -> None:
        self.truths.append(truth)
        if isinstance(pose, PoseRefusal):
            self.refusals.append(pose)
            self.ages_ms.append(math.inf)
            return
        self.ages_ms.append(pose.age_ms)
        self.away_m.append(distance_m(pose, truth, home))
        self.turned_deg.append(turned_deg(pose, truth))


def distance_m(pose: CameraPose, truth: FlightInstant, home: Home) -> float:
    east_m, north_m = east_north_m(home, lat_deg=pose.lat_deg, lon_deg=pose.lon_deg, alt_amsl_m=home.alt_amsl_m)
    return math.dist((east_m, north_m, pose.alt_agl_m), (truth.east_m, truth.north_m, truth.up_m))


def turned_deg(pose: CameraPose, truth: FlightInstant) -> float:
    believed = quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)
    true = quaternion_from_attitude(
        yaw_deg=truth.camera_yaw_deg, pitch_deg=truth.camera_pitch_deg, roll_deg=truth.camera_roll_deg
    )
    return angle_between_deg(believed, true)


class Observer:
    """Asks the station's trackers for each frame's pose, as late as a frame comes out of a decoder."""

    def __init__(self, links: FlightLinks, clock: WorldClock, epoch_utc_ns: int) -> None:
        self.flights: dict[str, Watched] = {}
        self._links = links
        self._clock = clock
        self._epoch_utc_ns = epoch_utc_ns
        self._crews: list[Crew] = []

    def take_on(self, crew: Crew) -> None:
        self._crews.append(crew)
        self.flights[crew.plan.vehicle.name] = Watched()

    async def run(self) -> None:
        number = 0
        while True:
            number += 1
            for crew in list(self._crews):
                await self._look(crew, number / 10)
            await asyncio.sleep(max(0.0, (number + 1) / 10 - self._clock.world_s()))
            number = max(number, int((self._clock.world_s() - 0.3) * 10))

    async def _look(self, crew: Crew, t_s: float) -> None:
        world, vehicle = crew.plan.world, crew.plan.vehicle
        ready_s = t_s + video_latency_s(world.camera)
        await asyncio.sleep(max(0.0, ready_s - self._clock.world_s()))
        trackers: Mapping[int, VehicleTracker] = self._links.trackers
        pose = trackers[vehicle.system_id].pose_at(self._epoch_utc_ns + round(t_s * 1e9))
        try:
            truth = await asyncio.to_thread(crew.truth.at, t_s)  # it may wait for what comes in by this loop
        except NotSeenError:
            return  # this machine was too busy for a moment
        except AutopilotError:
            if crew.autopilot.process.returncode is None:
                raise
            self._crews.remove(crew)  # landed and gone
            return
        if truth.up_m >= AIRBORNE_M:
            self.flights[vehicle.name].take(pose, truth, world.home)
