"""What a station would have recorded of a simulated vehicle's flight, without sockets and without waiting. Pure.

A real station's hub asks the simulated vehicle for its messages, both on the world's time; what arrives is the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flightlink.links.hub import Hub, Peer
from flightlink.mavlink.framing import Framer
from sitl.vehicle.flown import FlownVehicle
from sitl.world.world import VehiclePlan, World

STEP_S: Final = 0.005
SPEAKS_EVERY: Final = 20
"""Steps between two looks of the station at what it has to ask."""


def recorded_frames(
    world: World, plan: VehiclePlan, *, epoch_utc_ns: int, from_s: float = 0.0, lasts_s: float
) -> Iterator[tuple[int, bytes]]:
    """Yield (arrival, frame) of every MAVLink frame that a station hears, in order of arrival.

    The first half second is the station's getting to know the vehicle: begin that much before what shall have poses.

    Args:
        world: with its faults, which befall the link and the vehicle.
        plan: the vehicle.
        epoch_utc_ns: when the world began.
        from_s: since the world began; may be negative, down to the vehicle's boot.
        lasts_s: how long the station listens.

    Yields:
        Arrival on the station's clock in UTC nanoseconds, and one whole frame.
    """
    vehicle, hub, asked = FlownVehicle(world, plan, epoch_utc_ns=epoch_utc_ns), Hub({}), list[bytes]()
    peer, framer = Peer(name=plan.name, send=asked.append, speaks_first=True), Framer()
    for step in range(round(lasts_s / STEP_S) + 1):
        t_s = from_s + step * STEP_S
        if step % SPEAKS_EVERY == 0:
            hub.speak([peer], _utc_ns(epoch_utc_ns, t_s))
        for datagram in asked:
            vehicle.hear(datagram, t_s)
        asked.clear()
        for arrival_s, datagram in vehicle.said(t_s):
            received_utc_ns = _utc_ns(epoch_utc_ns, arrival_s)
            hub.receive(peer, datagram, received_utc_ns, is_datagram=True)
            yield from ((received_utc_ns, frame.raw) for frame in framer.feed_datagram(datagram))


def recorded_tlog(world: World, plan: VehiclePlan, *, epoch_utc_ns: int, from_s: float = 0.0, lasts_s: float) -> bytes:
    """Return the bytes of a telemetry log (`.tlog`) of the flight; arguments as of `recorded_frames`."""
    frames = recorded_frames(world, plan, epoch_utc_ns=epoch_utc_ns, from_s=from_s, lasts_s=lasts_s)
    return b"".join((arrival_ns // 1000).to_bytes(8, "big") + frame for arrival_ns, frame in frames)


def _utc_ns(epoch_utc_ns: int, t_s: float) -> int:
    return epoch_utc_ns + round(t_s * 1e9)
