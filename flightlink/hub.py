"""`Hub`: who speaks for which vehicle. Frames of all peers come in, trackers and callbacks get them, replies go out.

One parser per peer, so a stranger's junk costs nobody else a byte. A system id belongs to the peer from which its
autopilot's heartbeat came first; replies go to that peer alone. No input or output here: peers carry a `send`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.framing import Frame, Framer
from flightlink.messages import AUTOPILOT_INVALID, HEARTBEAT, READ, Message, MessageDecoder
from flightlink.requests import RateRequests
from flightlink.vehicle import VehicleTracker
from flightlink.voice import STATION_SYSTEM_ID, Voice

OnMessage = Callable[[int, int, Message, int], None]
"""system id, component id, message, received_utc_ns."""
OnFrame = Callable[[str, Frame, int], None]
"""Name of the peer, frame as received, received_utc_ns."""

_S: Final = 1_000_000_000
_HEARTBEAT_EVERY_NS: Final = _S
_TIMESYNC_EVERY_NS: Final = _S // 2
ALIVE_NS: Final = 3 * _S
"""A vehicle heard within this time keeps its peer; another one that claims the system id is refused."""
_MOST_VEHICLES: Final = 32


@dataclass(slots=True, kw_only=True, eq=False)
class Peer:
    """The other end of a link: one address, one connection or one cable."""

    name: str
    send: Callable[[bytes], None]
    speaks_first: bool
    """Whether heartbeats go to it before a vehicle was heard on it (not to strangers on a listening port)."""
    framer: Framer = field(default_factory=Framer)
    voice: Voice = field(default_factory=Voice)
    heartbeat_sent_utc_ns: int = 0
    received_utc_ns: int = 0


@dataclass(slots=True, kw_only=True)
class HubCounters:
    """What the hub turned away."""

    second_peer_refused: int = 0
    """Frames under a system id that belongs to another, living peer."""
    unclaimed: int = 0
    """Good frames of no known vehicle: other stations, or vehicles not heard by heartbeat yet."""
    undecodable: int = 0
    """Good checksum, but a payload that pymavlink refuses."""


@dataclass(slots=True, kw_only=True)
class _Vehicle:
    tracker: VehicleTracker
    peer: Peer
    component_id: int
    heard_utc_ns: int
    requests: RateRequests = field(default_factory=RateRequests)
    timesync_sent_utc_ns: int = 0


class Hub:
    """Routes between peers and vehicles.

    Args:
        cameras: camera file of each system id that has one.
        system_ids: vehicles that may be taken in; None takes any.
    """

    def __init__(self, cameras: Mapping[int, CameraFile], system_ids: frozenset[int] | None = None) -> None:
        self.trackers: dict[int, VehicleTracker] = {}
        self.counters = HubCounters()
        self._cameras = cameras
        self._system_ids = system_ids
        self._vehicles: dict[int, _Vehicle] = {}
        self._decoder = MessageDecoder()
        self._callbacks: list[OnMessage] = []
        self._frame_callbacks: list[OnFrame] = []

    def subscribe(self, on_message: OnMessage) -> Callable[[], None]:
        """Call back for each decoded message of a known vehicle; return the way to stop it."""
        self._callbacks.append(on_message)
        return lambda: self._callbacks.remove(on_message)

    def subscribe_frames(self, on_frame: OnFrame) -> Callable[[], None]:
        """Call back for each good frame of a known vehicle, before it is decoded; return the way to stop it."""
        self._frame_callbacks.append(on_frame)
        return lambda: self._frame_callbacks.remove(on_frame)

    def owns_a_vehicle(self, peer: Peer) -> bool:
        """Return whether any vehicle is reached through the peer."""
        return any(vehicle.peer is peer for vehicle in self._vehicles.values())

    def receive(self, peer: Peer, data: bytes, received_utc_ns: int, *, is_datagram: bool) -> None:
        """Take the bytes that a peer sent."""
        peer.received_utc_ns = received_utc_ns
        frames = peer.framer.feed_datagram(data) if is_datagram else peer.framer.feed(data)
        for frame in frames:
            self._take(peer, frame, received_utc_ns)

    def _take(self, peer: Peer, frame: Frame, received_utc_ns: int) -> None:
        message = self._decoder.decode(frame.raw) if frame.message_id in READ else None
        if message is None and frame.message_id in READ:
            self.counters.undecodable += 1
            return
        vehicle = self._vehicle_of(peer, frame, message, received_utc_ns)
        if vehicle is None:
            return
        vehicle.heard_utc_ns = received_utc_ns
        for on_frame in self._frame_callbacks:
            on_frame(peer.name, frame, received_utc_ns)
        vehicle.requests.hear(frame.message_id)
        vehicle.tracker.count(frame.component_id, frame.sequence, received_utc_ns)
        if message is not None:
            vehicle.tracker.take(message, frame.component_id, received_utc_ns)
            for on_message in self._callbacks:
                on_message(frame.system_id, frame.component_id, message, received_utc_ns)

    def _vehicle_of(self, peer: Peer, frame: Frame, message: Message | None, now_ns: int) -> _Vehicle | None:
        vehicle = self._vehicles.get(frame.system_id)
        if vehicle is not None and vehicle.peer is peer:
            return vehicle
        if vehicle is not None and now_ns - vehicle.heard_utc_ns < ALIVE_NS:
            self.counters.second_peer_refused += 1
            vehicle.tracker.raise_alarm("second_peer_refused", now_ns)
            return None
        if message is None or not self._may_claim(frame, message):
            self.counters.unclaimed += 1
            return None
        return self._claimed(peer, frame, now_ns)

    def _may_claim(self, frame: Frame, message: Message) -> bool:
        is_vehicle = frame.message_id == HEARTBEAT and message.autopilot != AUTOPILOT_INVALID
        is_welcome = self._system_ids is None or frame.system_id in self._system_ids
        has_room = frame.system_id in self._vehicles or len(self._vehicles) < _MOST_VEHICLES
        return is_vehicle and is_welcome and has_room and frame.system_id not in (0, STATION_SYSTEM_ID)

    def _claimed(self, peer: Peer, frame: Frame, now_ns: int) -> _Vehicle:
        """Give the system id to the peer: a new vehicle, or one that fell silent and comes back another way."""
        tracker = self.trackers.get(frame.system_id)
        if tracker is None:
            tracker = VehicleTracker(frame.system_id, self._cameras.get(frame.system_id))
            self.trackers[frame.system_id] = tracker
        vehicle = _Vehicle(tracker=tracker, peer=peer, component_id=frame.component_id, heard_utc_ns=now_ns)
        self._vehicles[frame.system_id] = vehicle
        return vehicle

    def speak(self, peers: list[Peer], now_utc_ns: int) -> None:
        """Send what is due now: heartbeats, time, requests; to owners and to peers that we address first."""
        for peer in peers:
            is_addressed = peer.speaks_first or self.owns_a_vehicle(peer)
            if is_addressed and now_utc_ns - peer.heartbeat_sent_utc_ns >= _HEARTBEAT_EVERY_NS:
                peer.heartbeat_sent_utc_ns = now_utc_ns
                peer.send(peer.voice.heartbeat())
        for vehicle in self._vehicles.values():
            if vehicle.peer in peers:
                _speak_to(vehicle, now_utc_ns)


def _speak_to(vehicle: _Vehicle, now_utc_ns: int) -> None:
    peer, address = vehicle.peer, (vehicle.tracker.system_id, vehicle.component_id)
    if now_utc_ns - vehicle.timesync_sent_utc_ns >= _TIMESYNC_EVERY_NS:
        vehicle.timesync_sent_utc_ns = now_utc_ns
        vehicle.tracker.note_timesync_sent(now_utc_ns)
        peer.send(peer.voice.timesync(now_utc_ns))
    for message_id, rate_hz in vehicle.requests.due(now_utc_ns):
        peer.send(peer.voice.message_interval(*address, message_id=message_id, rate_hz=rate_hz))
    if vehicle.requests.version_is_due(now_utc_ns):
        peer.send(peer.voice.autopilot_version(*address))
