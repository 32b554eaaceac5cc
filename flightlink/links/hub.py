"""`Hub`: who speaks for which vehicle. Frames of all peers come in, trackers and callbacks get them, replies go out.

One parser per peer, so a stranger's junk costs nobody else a byte. A system id belongs to the peer from which its
autopilot's heartbeat came first, and to those that prove to lead to the same autopilot; replies go to them alone. No
input or output here: peers carry a `send`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.links.admission.peer import Peer
from flightlink.links.admission.refusals import Refused
from flightlink.links.admission.signing import is_signed
from flightlink.links.reach.speaking import speak_to
from flightlink.links.reach.ways import ALIVE_NS, KnownVehicle, Way
from flightlink.mavlink.framing import Frame
from flightlink.mavlink.messages import (
    ASKED_ONCE,
    AUTOPILOT_INVALID,
    AUTOPILOT_VERSION,
    BATTERY_STATUS,
    COMMAND_ACK,
    GPS_RAW_INT,
    HEARTBEAT,
    MOUNT_STATUS,
    RADIO_STATUS,
    READ,
    SYS_STATUS,
    TIMESYNC,
    Message,
)
from flightlink.mavlink.quick_decoder import QuickDecoder
from flightlink.mavlink.voice import PILOTS_SYSTEM_ID, REQUEST_MESSAGE, SET_MESSAGE_INTERVAL, STATION_SYSTEM_ID
from flightlink.vehicle.tracker import VehicleTracker

__all__ = ["ALIVE_NS", "Hub", "OnFrame", "OnMessage", "Peer"]

OnMessage = Callable[[int, int, Message, int], None]
"""system id, component id, message, received_utc_ns."""
OnFrame = Callable[[str, Frame, int], None]
"""Name of the peer, frame as received, received_utc_ns."""

_S: Final = 1_000_000_000
_HEARTBEAT_EVERY_NS: Final = _S
_MOST_VEHICLES: Final = 32
_NO_VEHICLE: Final = (0, STATION_SYSTEM_ID, PILOTS_SYSTEM_ID)
_MOST_LINKS_COUNTED: Final = 64
_TIMELESS: Final = frozenset({SYS_STATUS, BATTERY_STATUS, GPS_RAW_INT, MOUNT_STATUS})
"""Messages that do not tell when they were true: a slower link must not bring back what a quicker one has renewed."""

_OF_THE_LINK: Final = frozenset({*ASKED_ONCE, COMMAND_ACK, TIMESYNC, HEARTBEAT})


class Hub:
    """Routes between peers and vehicles.

    Args:
        cameras: camera file of each system id that has one.
        system_ids: vehicles that may be taken in; None takes any.
        refuses_simulated: whether a vehicle that says to be simulated has no place.
    """

    def __init__(
        self,
        cameras: Mapping[int, CameraFile],
        system_ids: frozenset[int] | None = None,
        *,
        refuses_simulated: bool = False,
    ) -> None:
        self._refuses_simulated = refuses_simulated
        self.trackers: dict[int, VehicleTracker] = {}
        self.refused: dict[str, Counter[Refused]] = {}
        """Link -> constant word -> frames turned away for that."""
        self._cameras = cameras
        self._system_ids = system_ids
        self._vehicles: dict[int, KnownVehicle] = {}
        self._decoder = QuickDecoder()
        self._callbacks: list[OnMessage] = []
        self._frame_callbacks: list[OnFrame] = []

    def subscribe(self, on_message: OnMessage) -> Callable[[], None]:
        """Call back for each decoded message of a known vehicle; return the way to stop it."""
        self._callbacks.append(on_message)
        return lambda: self._callbacks.remove(on_message)

    def subscribe_frames(self, on_frame: OnFrame) -> Callable[[], None]:
        """Call back for each good frame of a known vehicle, before it is decoded; return the way to stop it.

        A frame that comes over several links is told once.
        """
        self._frame_callbacks.append(on_frame)
        return lambda: self._frame_callbacks.remove(on_frame)

    def owns_a_vehicle(self, peer: Peer) -> bool:
        """Return whether any vehicle is reached through the peer."""
        return any(peer in vehicle.ways for vehicle in self._vehicles.values())

    def drop(self, peer: Peer) -> None:
        """Forget a peer whose connection closed."""
        for vehicle in self._vehicles.values():
            vehicle.drop(peer)

    def refuse(self, link: str, word: Refused) -> None:
        """Count what is turned away, by a constant word."""
        if link in self.refused or len(self.refused) < _MOST_LINKS_COUNTED:
            self.refused.setdefault(link, Counter())[word] += 1

    def refused_on(self, link: str) -> dict[str, int]:
        """Return what was turned away on a link, and how often."""
        return {word.value: count for word, count in self.refused.get(link, {}).items()}

    def receive(self, peer: Peer, data: bytes, received_utc_ns: int, *, is_datagram: bool) -> None:
        """Take the bytes that a peer sent."""
        peer.received_utc_ns = received_utc_ns
        for frame in peer.framer.feed_datagram(data) if is_datagram else peer.framer.feed(data):
            if peer.guard is None or self._is_vouched(peer, frame, received_utc_ns):
                self._take(peer, frame, received_utc_ns)

    def _is_vouched(self, peer: Peer, frame: Frame, now_ns: int) -> bool:
        """Return whether a frame counts on a link with signing; an unsigned RADIO_STATUS is let through to nobody."""
        word = peer.guard.refusal(frame, now_ns) if peer.guard is not None else None
        if word is not None:
            self.refuse(peer.link, word)
            return False
        is_own = frame.message_id != RADIO_STATUS or is_signed(frame.raw)
        peer.is_vouched = peer.is_vouched or is_own
        return is_own

    def _take(self, peer: Peer, frame: Frame, received_utc_ns: int) -> None:
        vehicle = self._vehicles.get(frame.system_id)
        way = None if vehicle is None else vehicle.ways.get(peer)
        if vehicle is None or way is None:
            met = self._met(peer, frame, vehicle, received_utc_ns)
            if met is None:
                return
            vehicle, way = met
        way.heard_utc_ns = received_utc_ns
        message_id = frame.message_id
        if not vehicle.count(way, frame, received_utc_ns):
            return
        for on_frame in self._frame_callbacks:
            on_frame(peer.name, frame, received_utc_ns)
        if message_id in READ:
            way.requests.hear(message_id)
            if way is vehicle.used or message_id not in _TIMELESS:
                self._read(vehicle, way, frame, received_utc_ns)

    def _read(self, vehicle: KnownVehicle, way: Way, frame: Frame, received_utc_ns: int) -> None:
        message = self._decoder.decode(frame.message_id, frame.raw)
        if message is None:
            self.refuse(way.peer.link, Refused.UNDECODABLE)
            return
        if frame.message_id in _OF_THE_LINK and not _is_for_the_tracker(vehicle, way, frame, message, received_utc_ns):
            return
        vehicle.tracker.take(message, frame.component_id, received_utc_ns)
        for on_message in self._callbacks:
            on_message(frame.system_id, frame.component_id, message, received_utc_ns)

    def _met(
        self, peer: Peer, frame: Frame, vehicle: KnownVehicle | None, now_ns: int
    ) -> tuple[KnownVehicle, Way] | None:
        """Return the vehicle and link of a frame from a peer that does not speak for it yet, None where it may not."""
        is_asked = frame.message_id == HEARTBEAT or (vehicle is not None and frame.message_id == AUTOPILOT_VERSION)
        message = self._decoder.decode(frame.message_id, frame.raw) if is_asked else None
        if message is None:
            self.refuse(peer.link, Refused.UNCLAIMED if vehicle is None else Refused.NOT_ITS_PEER)
            return None
        if vehicle is not None:
            return self._claimed(peer, frame, vehicle, message, now_ns)
        word = self._claim_refusal(peer, frame, message)
        if word is not None:
            self.refuse(peer.link, word)
            return None
        vehicle = self._new_vehicle(frame.system_id)
        return vehicle, vehicle.add_way(peer, frame.component_id, now_ns)

    def _claim_refusal(self, peer: Peer, frame: Frame, message: Message) -> Refused | None:
        """Return why a heartbeat does not make its peer the owner of its system id."""
        if message.autopilot == AUTOPILOT_INVALID or frame.system_id in _NO_VEHICLE:
            return Refused.UNCLAIMED
        for welcome in (self._system_ids, peer.system_ids):
            if welcome is not None and frame.system_id not in welcome:
                return Refused.SYSTEM_ID_NOT_NAMED
        has_room = frame.system_id in self._vehicles or len(self._vehicles) < _MOST_VEHICLES
        return None if has_room else Refused.TOO_MANY_VEHICLES

    def _new_vehicle(self, system_id: int) -> KnownVehicle:
        tracker = VehicleTracker(system_id, self._cameras.get(system_id))
        tracker.refuses_simulated = self._refuses_simulated
        vehicle = KnownVehicle(tracker=tracker)
        tracker.ways = vehicle.way_states
        self.trackers[system_id] = tracker
        self._vehicles[system_id] = vehicle
        return vehicle

    def _claimed(
        self, peer: Peer, frame: Frame, vehicle: KnownVehicle, message: Message, now_ns: int
    ) -> tuple[KnownVehicle, Way] | None:
        """Hear somebody else who claims a vehicle's system id: let it in, or say why not."""
        is_heartbeat = frame.message_id == HEARTBEAT
        refusal = self._claim_refusal(peer, frame, message) if is_heartbeat else None
        known = peer in vehicle.candidates or is_heartbeat
        claim = vehicle.candidate(peer, frame.component_id, now_ns) if known and refusal is None else None
        if claim is None:
            self.refuse(peer.link, refusal or Refused.NOT_ITS_PEER)
            return None
        if not is_heartbeat:
            claim.uid2 = uid2_from_message(message) or claim.uid2
        if vehicle.may_take_over(claim, now_ns):
            return self._let_in(vehicle, peer, claim.component_id, now_ns, is_same=vehicle.is_same(claim))
        if vehicle.is_same(claim) is False:
            self.refuse(peer.link, Refused.TWO_VEHICLES_ONE_SYSTEM_ID)
            vehicle.tracker.raise_alarm(Refused.TWO_VEHICLES_ONE_SYSTEM_ID.value, now_ns)
            return None
        self.refuse(peer.link, Refused.NOT_ITS_PEER)
        if vehicle.has_unknown_claim(now_ns):
            vehicle.tracker.raise_alarm("second_peer_refused", now_ns)
        return None

    def _let_in(
        self, vehicle: KnownVehicle, peer: Peer, component_id: int, now_ns: int, *, is_same: bool | None
    ) -> tuple[KnownVehicle, Way]:
        """Take a peer in; another autopilot, long after the first one went, begins with nothing of the first one's.

        One that comes on trust takes the place of those that are silent, until somebody proves to be the vehicle.
        """
        if is_same is False:
            vehicle = self._new_vehicle(vehicle.tracker.system_id)
        is_proven = is_same is not None or vehicle.tracker.uid2 is None  # nobody could prove anything
        vehicle.make_way(is_proven=is_proven)
        way = vehicle.add_way(peer, component_id, now_ns)
        way.is_proven = is_proven
        return vehicle, way

    def point_gimbal(
        self, system_id: int, component_id: int, *, device_id: int, pitch_deg: float, yaw_deg: float
    ) -> bool:
        """Ask a vehicle's gimbal manager, over the link that is used, to turn; False where there is none."""
        vehicle = self._vehicles.get(system_id)
        if vehicle is None or vehicle.used is None:
            return False
        peer, angles = vehicle.used.peer, {"pitch_deg": pitch_deg, "yaw_deg": yaw_deg}
        peer.send(peer.voice.point_gimbal(system_id, component_id, device_id=device_id, **angles))
        return True

    def speak(self, peers: Sequence[Peer], now_utc_ns: int) -> None:
        """Send what is due now: heartbeats, time, requests; to owners and to peers that we address first."""
        reached = {peer for vehicle in self._vehicles.values() for peer in vehicle.ways}
        for peer in peers:
            # a clock that was set back must not silence us
            is_due = not 0 <= now_utc_ns - peer.heartbeat_sent_utc_ns < _HEARTBEAT_EVERY_NS
            if is_due and (peer.speaks_first or peer in reached):
                peer.heartbeat_sent_utc_ns = now_utc_ns
                peer.send(peer.voice.heartbeat())
        for vehicle in self._vehicles.values():
            speak_to(vehicle, peers, now_utc_ns)


def _is_for_the_tracker(vehicle: KnownVehicle, way: Way, frame: Frame, message: Message, now_ns: int) -> bool:
    """Note what a message says of the link and of what was asked; return whether the tracker shall have it as well."""
    if frame.message_id == COMMAND_ACK:
        _acknowledge(vehicle, way, message)
    elif frame.message_id == TIMESYNC:
        way.take_answer(message.ts1, now_ns)
    elif frame.message_id == HEARTBEAT and way is not vehicle.used:
        vehicle.tracker.components.take(message, frame.component_id, now_ns)
        return False
    vehicle.discovery.hear(frame.component_id, frame.message_id, now_ns)
    return True


def _acknowledge(vehicle: KnownVehicle, way: Way, message: Message) -> None:
    if message.command == SET_MESSAGE_INTERVAL:
        way.requests.acknowledge(message.result)
    elif message.command == REQUEST_MESSAGE:
        vehicle.discovery.acknowledge(message.result)


def uid2_from_message(message: Message) -> str | None:
    """Return the autopilot's own number in AUTOPILOT_VERSION, hexadecimal; None where it has none."""
    uid2 = bytes(message.uid2).hex()
    return uid2 if uid2.strip("0") else None
