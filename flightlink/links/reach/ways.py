"""`KnownVehicle`: one vehicle, the links over which it is reached, and others who claim its system id. Pure.

A second link is taken in when the autopilot behind it has the same own number (`uid2`); another number is another
vehicle, and it is refused at once. Nobody else's message counts as this vehicle's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from flightlink.links.admission.peer import Peer
from flightlink.links.reach.discovery import Discovery
from flightlink.links.reach.requests import RateRequests
from flightlink.mavlink.framing import Frame
from flightlink.mavlink.messages import message_name
from flightlink.vehicle.loss import LossMeter
from flightlink.vehicle.state import WayState, link_state_from_age, silence_s
from flightlink.vehicle.tracker import VehicleTracker

_S: Final = 1_000_000_000
ALIVE_NS: Final = 3 * _S
"""A link heard within this time is alive."""
LOST_NS: Final = 10 * _S
"""After so long a vehicle without a word may come another way even where nobody proves who it is."""
FORGOTTEN_NS: Final = 60 * _S
"""After so long another autopilot may have its system id, and a silent link is dropped."""
_MOST_WAYS: Final = 8
_MOST_CANDIDATES: Final = 8
_ASK_EVERY_NS: Final = _S // 2
_UNKNOWN_AFTER_NS: Final = 3 * _S
_CLEARLY_LESS: Final = 0.1
"""Of loss: for less it is not worth to ask another link for everything."""


@dataclass(slots=True, kw_only=True, eq=False)
class Way:
    """One link over which a vehicle is reached."""

    peer: Peer
    component_id: int
    """Of the autopilot."""
    heard_utc_ns: int
    name: str
    """Tells it from other links to the same vehicle."""
    is_proven: bool = True
    """Whether the autopilot behind it is the vehicle's; False where it was taken in because all else was silent."""
    meters: dict[int, LossMeter] = field(default_factory=dict)
    """Of its components, as the tracker's book has them: looked up for every frame."""
    requests: RateRequests = field(default_factory=RateRequests)
    timesync_sent_utc_ns: int = 0
    round_trip_ns: int | None = None
    round_trip_utc_ns: int = 0

    def is_alive(self, now_utc_ns: int) -> bool:
        """Return whether anything came lately."""
        return abs(now_utc_ns - self.heard_utc_ns) < ALIVE_NS

    def take_answer(self, ts1: int, now_utc_ns: int) -> None:
        """Take the answer to our last TIMESYNC over this link."""
        if ts1 == self.timesync_sent_utc_ns:
            self.round_trip_ns, self.round_trip_utc_ns = now_utc_ns - ts1, now_utc_ns


@dataclass(slots=True, kw_only=True, eq=False)
class Candidate:
    """Another peer that claims the system id and has not shown yet who it is."""

    peer: Peer
    component_id: int
    first_utc_ns: int
    heard_utc_ns: int
    asked_utc_ns: int = 0
    uid2: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class KnownVehicle:
    """A vehicle and all who speak under its system id."""

    tracker: VehicleTracker
    ways: dict[Peer, Way] = field(default_factory=dict)
    candidates: dict[Peer, Candidate] = field(default_factory=dict)
    discovery: Discovery = field(default_factory=Discovery)
    used: Way | None = None
    """The link that is asked for messages; what has no time of its own counts from it alone."""
    heard_utc_ns: int = 0
    """When the last of the links that are gone was heard."""
    reboots: int = 0
    """Of the autopilot, when we last began to ask anew."""

    def add_way(self, peer: Peer, component_id: int, now_utc_ns: int) -> Way:
        """Reach the vehicle over one more link; the longest silent one makes room."""
        if len(self.ways) >= _MOST_WAYS:
            self.drop(min(self.ways.values(), key=lambda way: way.heard_utc_ns).peer)
        name = f"{peer.link} {peer.name}"
        way = Way(peer=peer, component_id=component_id, heard_utc_ns=now_utc_ns, name=name)
        self.ways[peer] = way
        self.candidates.pop(peer, None)
        self.used = self.used or way
        return way

    def make_way(self, *, is_proven: bool) -> None:
        """Drop the links that must not speak beside a new one: all beside one on trust, those on trust beside proof."""
        for way in list(self.ways.values()):
            if not is_proven or not way.is_proven:
                self.drop(way.peer)

    def count(self, way: Way, frame: Frame, received_utc_ns: int) -> bool:
        """Take the number of any good frame of the vehicle; return whether it is no copy of one from another link."""
        component_id, tracker = frame.component_id, self.tracker
        meter = way.meters.get(component_id)
        if meter is None:
            meter = way.meters[component_id] = tracker.losses.meter(way.name, component_id)
        meter.count(frame.sequence, received_utc_ns)
        tracker.heard_utc_ns[component_id] = received_utc_ns
        is_single = len(self.ways) == 1
        return is_single or tracker.losses.is_new(way.name, component_id, frame.sequence, frame.raw, received_utc_ns)

    def drop(self, peer: Peer) -> None:
        """Forget a link: its connection closed, or it has long been silent."""
        way = self.ways.pop(peer, None)
        self.candidates.pop(peer, None)
        if way is not None:
            self.heard_utc_ns = max(self.heard_utc_ns, way.heard_utc_ns)
            self.tracker.losses.forget(way.name)
        if way is self.used:
            self.used = next(iter(self.ways.values()), None)

    def is_alive(self, now_utc_ns: int) -> bool:
        """Return whether any link to it is alive: a vehicle is lost only when all are."""
        return any(way.is_alive(now_utc_ns) for way in self.ways.values())

    def silent_ns(self, now_utc_ns: int) -> int:
        """Return for how long nothing has come over any link."""
        return now_utc_ns - max([self.heard_utc_ns, *(way.heard_utc_ns for way in self.ways.values())])

    def candidate(self, peer: Peer, component_id: int, now_utc_ns: int) -> Candidate | None:
        """Return the claim of a peer, a new one where there is room."""
        known = self.candidates.get(peer)
        if known is not None:
            known.heard_utc_ns = now_utc_ns
            return known
        for old in [old for old in self.candidates.values() if now_utc_ns - old.heard_utc_ns > LOST_NS]:
            del self.candidates[old.peer]
        if len(self.candidates) >= _MOST_CANDIDATES:
            return None
        claim = Candidate(peer=peer, component_id=component_id, first_utc_ns=now_utc_ns, heard_utc_ns=now_utc_ns)
        self.candidates[peer] = claim
        return claim

    def is_same(self, claim: Candidate) -> bool | None:
        """Return whether a claim is this very vehicle; None while one of both numbers is not known."""
        own = self.tracker.uid2
        return None if own is None or claim.uid2 is None else own == claim.uid2

    def may_take_over(self, claim: Candidate, now_utc_ns: int) -> bool:
        """Return whether a claim that is not proven counts, because the vehicle itself has fallen silent."""
        silent_ns = self.silent_ns(now_utc_ns)
        match self.is_same(claim):
            case False:
                return silent_ns >= FORGOTTEN_NS
            case None:
                return silent_ns >= (ALIVE_NS if self.tracker.uid2 is None else LOST_NS)
        return True

    def claims_to_ask(self, now_utc_ns: int) -> list[Candidate]:
        """Return the claims whose autopilot shall be asked for its number now; each is taken as asked."""
        due = [
            claim
            for claim in self.candidates.values()
            if claim.uid2 is None
            and not 0 <= now_utc_ns - claim.asked_utc_ns < _ASK_EVERY_NS
            and now_utc_ns - claim.heard_utc_ns < ALIVE_NS
        ]
        for claim in due:
            claim.asked_utc_ns = now_utc_ns
        return due

    def has_unknown_claim(self, now_utc_ns: int) -> bool:
        """Return whether somebody claims the system id for longer than an answer takes."""
        return any(
            claim.uid2 is None and claim.heard_utc_ns - claim.first_utc_ns >= _UNKNOWN_AFTER_NS
            for claim in self.candidates.values()
            if now_utc_ns - claim.heard_utc_ns < ALIVE_NS
        )

    def choose(self, now_utc_ns: int) -> None:
        """Use the best living link; drop those that have long been silent."""
        if len(self.ways) < 2:
            return
        for way in [way for way in self.ways.values() if now_utc_ns - way.heard_utc_ns > FORGOTTEN_NS]:
            if len(self.ways) > 1:
                self.drop(way.peer)
        best = min(self.ways.values(), key=lambda way: self._cost(way, now_utc_ns))
        if self.used is None or self._cost(best, now_utc_ns) + _CLEARLY_LESS < self._cost(self.used, now_utc_ns):
            self.used = best

    def _cost(self, way: Way, now_utc_ns: int) -> float:
        if not way.is_alive(now_utc_ns):
            return 10.0 + (now_utc_ns - way.heard_utc_ns) / 1e9
        share = self.tracker.losses.share_of(way.name, way.component_id, now_utc_ns)
        return 1.0 if share is None else share

    def way_states(self, now_utc_ns: int) -> tuple[WayState, ...]:
        """Return what health shows of each link to the vehicle."""
        return tuple(self._way_state(way, now_utc_ns) for way in self.ways.values())

    def _way_state(self, way: Way, now_utc_ns: int) -> WayState:
        age_s = silence_s(way.heard_utc_ns, now_utc_ns)
        answered = way.round_trip_ns is not None
        return WayState(
            system_id=self.tracker.system_id,
            link=way.peer.link,
            peer=way.peer.name,
            state=link_state_from_age(age_s),
            age_s=age_s,
            loss_share=self.tracker.losses.share_of(way.name, way.component_id, now_utc_ns),
            round_trip_ms=None if way.round_trip_ns is None else way.round_trip_ns / 1e6,
            round_trip_age_s=silence_s(way.round_trip_utc_ns, now_utc_ns) if answered else None,
            is_used=way is self.used,
            missing=tuple(message_name(number) for number in way.requests.missing),
            refused=tuple(message_name(number) for number in way.requests.refused),
        )
