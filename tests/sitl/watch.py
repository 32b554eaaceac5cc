"""A real station's hub listening to a simulated vehicle, on the world's time: every pose beside the truth."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from flightlink.attitude import angle_between_deg, quaternion_from_attitude
from flightlink.camera_file import CameraFile
from flightlink.geodesy import distance_m
from flightlink.links.hub import Hub, Peer
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.pump import PosePump
from flightlink.vehicle.state import LinkState, VehicleState
from maps.geodesy import geodetic_from_enu
from sitl.vehicle.flown import FlownVehicle
from sitl.world.faults import Fault
from sitl.world.profile import Profile
from sitl.world.route import FlightInstant
from sitl.world.world import World

EPOCH_NS = 1_900_000_000 * 1_000_000_000
STEP_S = 0.01


@dataclass(kw_only=True)
class Watched:
    """What the station knew, second by second."""

    world: World
    flight_at: Callable[[float], FlightInstant]
    poses: list[CameraPose] = field(default_factory=list)
    refusals: list[tuple[float, str]] = field(default_factory=list)
    """Instant and cause of each live question that was refused; questions come every 50 ms, 200 ms late."""
    states: list[tuple[float, VehicleState]] = field(default_factory=list)

    def within(self, from_s: float, until_s: float) -> list[CameraPose]:
        return [pose for pose in self.poses if from_s <= time_s(pose) < until_s]

    def causes(self, from_s: float, until_s: float) -> set[str]:
        return {cause for t_s, cause in self.refusals if from_s <= t_s < until_s}

    def links(self, from_s: float, until_s: float) -> list[LinkState]:
        return [state.link for t_s, state in self.states if from_s <= t_s < until_s]

    def errors(self, poses: list[CameraPose]) -> tuple[float, float]:
        """Greatest error of place in metres and of attitude in degrees."""
        found = [self.error(pose) for pose in poses]
        return max(place_m for place_m, _ in found), max(turn_deg for _, turn_deg in found)

    def error(self, pose: CameraPose) -> tuple[float, float]:
        true, home = self.flight_at(time_s(pose)), self.world.home
        east, north = np.array([true.east_m]), np.array([true.north_m])
        lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, true.up_m)
        along_m = distance_m(pose.lat_deg, pose.lon_deg, float(lat[0]), float(lon[0]))
        is_, was = (
            quaternion_from_attitude(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
            for yaw, pitch, roll in (
                (pose.yaw_deg, pose.pitch_deg, pose.roll_deg),
                (true.camera_yaw_deg, true.camera_pitch_deg, true.camera_roll_deg),
            )
        )
        return math.hypot(along_m, pose.alt_m - true.up_m), angle_between_deg(is_, was)


def time_s(pose: CameraPose) -> float:
    return (pose.utc_ns - EPOCH_NS) / 1e9


def utc_ns(t_s: float) -> int:
    return EPOCH_NS + round(t_s * 1e9)


def watch(
    world: World, *faults: Fault, profile: Profile | None = None, lasts_s: float, with_camera_file: bool = True
) -> Watched:
    """Fly the first vehicle from 2 s before the world's beginning, and ask the station for poses as its workers do."""
    plan = replace(world.vehicles[0], profile=profile or Profile())
    vehicle = FlownVehicle(replace(world, faults=faults), plan, epoch_utc_ns=EPOCH_NS)
    camera = CameraFile(intrinsics=world.camera.intrinsics, video_latency_s=None, fixed_pose=None, sigma=None)
    hub, asked = Hub({plan.system_id: camera} if with_camera_file else {}), list[bytes]()
    peer, pump = Peer(name=plan.name, send=asked.append, speaks_first=True), None
    out, since_ns = Watched(world=world, flight_at=vehicle.flight_at), 0
    for step in range(round((lasts_s + 2) / STEP_S)):
        t_s = step * STEP_S - 2
        if step % 10 == 0:
            hub.speak([peer], utc_ns(t_s))
        for datagram in asked:
            vehicle.hear(datagram, t_s)
        asked.clear()
        for arrival_s, datagram in vehicle.said(t_s):
            hub.receive(peer, datagram, utc_ns(arrival_s), is_datagram=True)
        tracker = hub.trackers.get(plan.system_id)
        if tracker is None or step % 5:
            continue
        pump = pump or PosePump(tracker)
        fresh = pump.new_poses(since_ns, utc_ns(t_s))
        since_ns = fresh[-1].utc_ns if fresh else since_ns
        out.poses += fresh
        answer = tracker.pose_at(utc_ns(t_s - 0.2))
        if isinstance(answer, PoseRefusal):
            out.refusals.append((t_s - 0.2, answer.cause))
        out.states.append((t_s, tracker.state(utc_ns(t_s))))
    return out
