"""The station at work on a world on paper: poses as the vehicles believe them, counts by the sealed room's own code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from flightlink.mission import HARD_CEILING_PX_PER_M, Mission
from flightlink.pose import CameraPose, PoseSigma
from groundstation.flight import epsg_of
from maps.cells import CellCounts
from maps.geodesy import geodetic_from_enu
from proofs.paper.finds import Eye
from sitl.crowd.crowd import Crowd, People
from sitl.measure.compared import NS_PER_S, Ground, Instant, Truth, instants
from sitl.vehicle.flown import true_flight_of
from sitl.world.estimate import estimated
from sitl.world.route import FlightInstant
from sitl.world.shot import shot_from
from sitl.world.world import VehiclePlan, World
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.counter import Counter
from vision.crowds import closer_look, crowd_among, told_apart
from vision.networks import Network, Networks
from vision.plan import COUNT_BUDGET_PX, count_passes, input_px
from vision.raw.cap import at_working_size

EPOCH_UTC_NS: Final = 1_780_000_000 * NS_PER_S
SIGMA: Final = PoseSigma(horizontal_m=0.3, vertical_m=0.5, yaw_deg=0.7, pitch_deg=0.3, roll_deg=0.3)
"""What the paper vehicles' owner would state: of a receiver with corrections, as `sitl.world.estimate.GOOD` flies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How a world is watched."""

    from_s: float
    to_s: float
    count_every_s: float
    """Of each camera."""


class PaperCamera:
    """One vehicle of a world: counts out, at any instant, best in rising order."""

    def __init__(self, world: World, plan: VehiclePlan, networks: Networks, *, epsg: int, mission: Mission) -> None:
        self._world, self._plan, self._networks = world, plan, networks
        self._flight_at = true_flight_of(world, plan)
        self._eye = Eye.drawn(1000 * world.seed + plan.system_id)
        self._counter = Counter(plan.name, epsg=epsg, mission=mission, networks=networks)

    def counts_at(self, t_s: float, truth: Truth) -> CellCounts | None:
        """Return what the worker would send of a frame."""
        true = self._flight_at(t_s)
        believed = estimated(true, self._plan.estimate, seed=1000 * self._world.seed + self._plan.system_id, t_s=t_s)
        pose = pose_of(self._world, believed, EPOCH_UTC_NS + round(t_s * NS_PER_S))
        frame = black_frame(pose)
        found = self._eye.finds(truth.people_at(t_s), shot_from(true, self._world.camera.intrinsics), t_s)
        scaled = found.scaled(frame.width_px / frame.source_width_px, frame.height_px / frame.source_height_px)
        return self._counter.counts(frame, self._told_apart(scaled, frame))

    def _told_apart(self, found: Boxes, frame: CappedFrame) -> Boxes:
        """Say up to which density these would have been told apart, as `vision.eyes` does."""
        crowd = crowd_among(found, frame)
        if crowd is None:
            return found
        passes = count_passes(frame, self._networks)
        network: Network = passes[-1].network
        if np.isinf(network.crowd_threshold):
            return found
        scale, left_px = max(passes[-1].scales), COUNT_BUDGET_PX - sum(input_px(each, frame) for each in passes)
        closer = closer_look(crowd, frame, scale=scale, most_scale=network.most_scale, budget_px=left_px)
        finest = scale if closer is None else closer.scale
        return told_apart(found, found, crowd, frame, scale=finest)


def black_frame(pose: CameraPose) -> CappedFrame:
    """Return what the cap would make of a black picture, but for the smoothing, which leaves black as it is."""
    capped, bound, _ = at_working_size(pose, cap_px_per_m=HARD_CEILING_PX_PER_M)
    return CappedFrame(
        pixels=np.zeros((capped.intrinsics.height_px, capped.intrinsics.width_px), np.uint8),
        index=0,
        utc_ns=pose.utc_ns,
        pose=capped,
        bound=bound,
        cap_px_per_m=HARD_CEILING_PX_PER_M,
        unbounded=None,  # of masks only
        refusal="",
        refusal_closes=False,
        source_width_px=pose.intrinsics.width_px,
        source_height_px=pose.intrinsics.height_px,
    )


def pose_of(world: World, flight: FlightInstant, utc_ns: int) -> CameraPose:
    """Return the camera's pose over the level ground of a world."""
    home = world.home
    lat, lon = geodetic_from_enu(
        home.lat_deg, home.lon_deg, home.alt_amsl_m, np.array([flight.east_m]), np.array([flight.north_m]), flight.up_m
    )
    return CameraPose(
        utc_ns=utc_ns, lat_deg=float(lat[0]), lon_deg=float(lon[0]), alt_m=flight.up_m, ground_alt_m=0.0,
        yaw_deg=flight.camera_yaw_deg, pitch_deg=flight.camera_pitch_deg, roll_deg=flight.camera_roll_deg,
        intrinsics=world.camera.intrinsics, sigma=SIGMA,
    )  # fmt: skip


def mission_of(world: World) -> Mission:
    """Return the mission that the station would have for a world."""
    corners = np.array(world.area_m, np.float64)
    home = world.home
    lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, corners[:, 0], corners[:, 1], 0.0)
    return Mission(
        area=tuple(zip(lon.tolist(), lat.tolist(), strict=True)),
        starts_utc_ns=EPOCH_UTC_NS - NS_PER_S,
        ends_utc_ns=EPOCH_UTC_NS + round(1e6 * NS_PER_S),
        min_agl_m=2.0,
        max_agl_m=120.0,
        purpose=world.name,
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A crowd at the instants that will be asked for, walked through once."""

    people: Mapping[float, People]

    @classmethod
    def of(cls, world: World, times_s: Iterable[float]) -> Written:
        """Return a world's crowd at these instants."""
        crowd = Crowd(world)
        return cls({t_s: crowd.people_at(t_s) for t_s in sorted(set(times_s))})

    def people_at(self, t_s: float) -> People:
        """Return everybody at one of the instants."""
        return self.people[t_s]


def counted(world: World, networks: Networks, watching: Watching, truth: Truth | None = None) -> list[list[CellCounts]]:
    """Return what each vehicle's worker would have sent, in order of time; vehicles count by turns."""
    mission = mission_of(world)
    epsg = epsg_of(mission)
    cameras = [PaperCamera(world, plan, networks, epsg=epsg, mission=mission) for plan in world.vehicles]
    sent: list[list[CellCounts]] = [[] for _ in cameras]
    truth = Crowd(world) if truth is None else truth
    for t_s, number in _turns(len(cameras), watching):
        counts = cameras[number].counts_at(t_s, truth)
        if counts is not None:
            sent[number].append(counts)
    return sent


def _turns(cameras: int, watching: Watching) -> Iterator[tuple[float, int]]:
    steps = round((watching.to_s - watching.from_s) / watching.count_every_s)
    for step in range(steps):
        for number in range(cameras):
            yield watching.from_s + (step + number / cameras) * watching.count_every_s, number


def watched(world: World, networks: Networks, watching: Watching, *, settles_s: float = 2.0) -> list[Instant]:
    """Return the station's map beside the truth, once a second."""
    ground = Ground(world, epsg_of(mission_of(world)))
    times_s = np.arange(watching.from_s + settles_s, watching.to_s, 1.0).tolist()
    asked_s = [t_s for t_s, _ in _turns(len(world.vehicles), watching)]
    truth = Written.of(world, times_s + asked_s)
    sent = counted(world, networks, watching, truth)
    return list(instants(truth, ground, sent, epoch_utc_ns=EPOCH_UTC_NS, times_s=times_s, publishes=False))
