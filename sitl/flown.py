"""A vehicle of a world as it flies: its true flight, what it says of itself, and the faults that befall it."""

from __future__ import annotations

import functools
from collections.abc import Callable

from sitl.clock import BootTime
from sitl.route import FlightInstant, instant_at
from sitl.telemetry import Report
from sitl.vehicle import Vehicle
from sitl.world import VehiclePlan, World


def flight_of(plan: VehiclePlan) -> Callable[[float], FlightInstant]:
    """Return the built-in vehicle's true flight by seconds since the world began."""
    return functools.partial(instant_at, plan.route)


class FlownVehicle:
    """One vehicle on its link, on the world's time: datagrams in, datagrams out.

    Args:
        world: where it flies.
        plan: which vehicle.
        epoch_utc_ns: when the world began.
    """

    def __init__(self, world: World, plan: VehiclePlan, *, epoch_utc_ns: int) -> None:
        self.flight_at = flight_of(plan)
        self._world = world
        self._plan = plan
        self._epoch_utc_ns = epoch_utc_ns
        self._boot = BootTime()
        self._vehicle = Vehicle(system_id=plan.system_id, report_at=self.report_at)
        self._answers: list[bytes] = []

    def report_at(self, boot_ns: int) -> Report:
        """Return all that the messages of one instant of the vehicle's clock are made of."""
        world_s = self._boot.world_s_of(boot_ns)
        return Report(
            system_id=self._plan.system_id,
            home=self._world.home,
            camera=self._world.camera,
            flight=self.flight_at(world_s),
            boot_ns=boot_ns,
            utc_us=round(self._epoch_utc_ns / 1e3 + 1e6 * world_s),
        )

    def hear(self, datagram: bytes, t_s: float) -> None:
        """Take a datagram of the station at seconds since the world began."""
        self._answers += self._vehicle.received(datagram, self._boot.boot_ns_at(t_s))

    def said(self, t_s: float) -> list[tuple[float, bytes]]:
        """Return (when, datagram) of all that left the vehicle since the last call."""
        out = [*self._answers, *self._vehicle.due(self._boot.boot_ns_at(t_s))]
        self._answers.clear()
        return [(t_s, datagram) for datagram in out]
