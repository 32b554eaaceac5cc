"""A vehicle of a world as it flies: its true flight, what it says of itself, and the faults that befall it."""

from __future__ import annotations

from collections.abc import Callable

from sitl.faulty.rewrite import Rewriter
from sitl.faulty.wire import Wire
from sitl.vehicle.gimbal import Aim, Gimbal
from sitl.vehicle.report import Report
from sitl.vehicle.true_camera import stuck_flight, true_intrinsics
from sitl.vehicle.vehicle import Vehicle
from sitl.world.clock import BootTime
from sitl.world.estimate import estimated
from sitl.world.faults import FaultBoard, FaultKind
from sitl.world.route import FlightInstant, instant_at
from sitl.world.world import VehiclePlan, World


def flight_of(plan: VehiclePlan) -> Callable[[float], FlightInstant]:
    """Return the built-in vehicle's scripted flight by seconds since the world began; nobody commands its gimbal."""
    return lambda t_s: instant_at(plan.route, t_s)


def board_of(world: World, plan: VehiclePlan) -> FaultBoard:
    """Return the faults that a world has for a vehicle."""
    return FaultBoard(world.faults, vehicle=plan.name, seed=world.seed)


def true_flight_of(world: World, plan: VehiclePlan) -> Callable[[float], FlightInstant]:
    """Return the flight that pictures are taken from: the scripted one, with the world's faults of the gimbal."""
    return stuck_flight(flight_of(plan), board_of(world, plan), slew_deg_s=plan.profile.slew_deg_s)


class FlownVehicle:
    """One vehicle on its link, on the world's time: datagrams in, datagrams out.

    Args:
        world: where it flies.
        plan: which vehicle.
        epoch_utc_ns: when the world began.
        video_uris: addresses of its camera's streams, told to who asks.
    """

    def __init__(self, world: World, plan: VehiclePlan, *, epoch_utc_ns: int, video_uris: tuple[str, ...] = ()) -> None:
        profile = plan.profile
        self.board = board_of(world, plan)
        self._gimbal = Gimbal(flight_of(plan), slew_deg_s=profile.slew_deg_s)
        self.flight_at = stuck_flight(self._gimbal.flight_at, self.board, slew_deg_s=profile.slew_deg_s)
        """The truth, for whoever takes the picture."""
        self.intrinsics_at = true_intrinsics(world.camera.intrinsics, self.board)
        """The true lens, for whoever takes the picture."""
        self.boot = BootTime(booted_before_s=profile.booted_before_s, drift_ppm=profile.drift_ppm)
        self._world = world
        self._plan = plan
        self._epoch_utc_ns = epoch_utc_ns
        self._video_uris = video_uris
        self._vehicle = Vehicle(system_id=plan.system_id, report_at=self.report_at, profile=profile, turn=self._turn)
        self._rewriter = Rewriter(self.board)
        self._up = Wire(self.board, "up")
        self._down = Wire(self.board, "down")
        self._reboots = 0
        self._estimate_seed = 1000 * world.seed + plan.system_id

    def report_at(self, boot_ns: int) -> Report:
        """Return what the vehicle believes at an instant of its own clock, as it would be without a restart."""
        world_s = self.boot.world_s_of(boot_ns)
        return Report(
            system_id=self._plan.system_id,
            home=self._world.home,
            camera=self._world.camera,
            flight=estimated(
                self._gimbal.flight_at(world_s), self._plan.estimate, seed=self._estimate_seed, t_s=world_s
            ),
            boot_ns=boot_ns,
            utc_us=round(self._epoch_utc_ns / 1e3 + 1e6 * world_s),
            profile=self._plan.profile,
            video_uris=self._video_uris,
        )

    def hear(self, datagram: bytes, t_s: float) -> None:
        """Take a datagram that a station sent at seconds since the world began."""
        self._up.enter(t_s, datagram)
        self._answer(t_s)

    def said(self, t_s: float) -> list[tuple[float, bytes]]:
        """Return (arrival, datagram) of all that has reached the station since the last call, in order of arrival."""
        self._reboot(t_s)
        self._answer(t_s)
        for datagram in self._vehicle.due(self.boot.boot_ns_at(t_s)):
            self._say(datagram, t_s)
        return self._down.leave(t_s)

    def _answer(self, t_s: float) -> None:
        for arrival_s, datagram in self._up.leave(t_s):
            for answer in self._vehicle.received(datagram, self.boot.boot_ns_at(arrival_s)):
                self._say(answer, arrival_s)

    def _say(self, datagram: bytes, t_s: float) -> None:
        said = b"" if self.board.is_on(FaultKind.RESTART, t_s) else self._rewriter.rewritten(t_s, datagram)
        if said:
            self._down.enter(t_s, said)

    def _reboot(self, t_s: float) -> None:
        """Forget all intervals once a restart."""
        restarts = sum(fault.kind is FaultKind.RESTART and fault.from_s <= t_s for fault in self.board.faults)
        if restarts > self._reboots:
            self._vehicle.reboot()
        self._reboots = restarts

    def _turn(self, aim: Aim, boot_ns: int) -> None:
        self._gimbal.turn(aim, self.boot.world_s_of(boot_ns))
