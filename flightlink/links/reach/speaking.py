"""What the station says to one vehicle, when and over which of its links; the words themselves are `Voice`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flightlink.links.admission.peer import Peer
from flightlink.links.reach.ways import KnownVehicle, Way
from flightlink.mavlink.messages import AUTOPILOT_VERSION

_TIMESYNC_EVERY_NS: Final = 500_000_000


def speak_to(vehicle: KnownVehicle, peers: Sequence[Peer], now_utc_ns: int) -> None:
    """Send what is due: the time over every link, requests over the best one, and who others are that claim its id."""
    vehicle.choose(now_utc_ns)
    _begin_anew_after_a_reboot(vehicle)
    for place, way in enumerate(vehicle.ways.values()):
        if way.peer in peers:
            _ask_time(vehicle, way, now_utc_ns + place)
    if vehicle.used is not None and vehicle.used.peer in peers:
        _ask_messages(vehicle, vehicle.used, now_utc_ns)
    for claim in vehicle.claims_to_ask(now_utc_ns):
        if claim.peer in peers:
            address = (vehicle.tracker.system_id, claim.component_id)
            claim.peer.send(claim.peer.voice.message_once(*address, message_id=AUTOPILOT_VERSION))


def _begin_anew_after_a_reboot(vehicle: KnownVehicle) -> None:
    if vehicle.reboots == vehicle.tracker.reboots:
        return
    vehicle.reboots = vehicle.tracker.reboots
    vehicle.discovery.restart()
    for way in vehicle.ways.values():
        way.requests.restart()


def _ask_time(vehicle: KnownVehicle, way: Way, now_utc_ns: int) -> None:
    """Ask the autopilot's time; over each link with a number of its own, so that answers tell the link."""
    if not 0 <= now_utc_ns - way.timesync_sent_utc_ns < _TIMESYNC_EVERY_NS:
        way.timesync_sent_utc_ns = now_utc_ns
        vehicle.tracker.note_timesync_sent(now_utc_ns)
        way.peer.send(way.peer.voice.timesync(now_utc_ns))


def _ask_messages(vehicle: KnownVehicle, way: Way, now_utc_ns: int) -> None:
    system_id, voice, send = vehicle.tracker.system_id, way.peer.voice, way.peer.send
    for message_id, rate_hz in way.requests.due(now_utc_ns):
        send(voice.message_interval(system_id, way.component_id, message_id=message_id, rate_hz=rate_hz))
    components = vehicle.tracker.components
    question = vehicle.discovery.due(
        now_utc_ns,
        autopilot=way.component_id,
        cameras=components.of_kind("camera"),
        gimbals=components.of_kind("gimbal"),
    )
    if question is not None:
        component_id, message_id = question
        send(voice.message_once(system_id, component_id, message_id=message_id))
