"""`FlightLinks`: all links of the station in one place; the only door through which telemetry comes in live."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from flightlink.camera_file import CameraFile
from flightlink.errors import LinkError
from flightlink.links.address import LinkKind
from flightlink.links.admission.introduction import introduction
from flightlink.links.admission.key_file import load_key
from flightlink.links.admission.plan import LinkPlan, link_plan
from flightlink.links.admission.signing import Guard
from flightlink.links.admission.stamps import stamp_book_at
from flightlink.links.datagram import DatagramLink, is_datagram
from flightlink.links.hub import Hub, OnFrame, OnMessage, Peer
from flightlink.links.statuses import LinkStatus, link_status
from flightlink.links.stream import StreamLink
from flightlink.links.tlog_link import TlogLink
from flightlink.vehicle.tracker import VehicleTracker

_TICK_S: Final = 0.2

AnyLink = DatagramLink | StreamLink | TlogLink


class FlightLinks:
    """Links to vehicles: open with `async with`, then let a TaskGroup own `run()`.

    Args:
        plans: the links, or their addresses as in `address.address_from_text`.
        cameras: camera file of each system id that has one.
        system_ids: vehicles that may be taken in; None takes any.
        state_dir: where the time stamps of signing outlive a restart; needed with a key.
        now_ns: the station's clock, UTC nanoseconds; frames of video must be stamped by the same.
        refuses_simulated: whether a vehicle that says to be simulated has no place.

    Raises:
        LinkError: an address or a key is wrong (here), or a port is in use (on entering).
    """

    def __init__(
        self,
        plans: Sequence[LinkPlan | str],
        *,
        cameras: Mapping[int, CameraFile] | None = None,
        system_ids: frozenset[int] | None = None,
        state_dir: Path | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        refuses_simulated: bool = False,
    ) -> None:
        self._now_ns = now_ns
        self._hub = Hub(cameras or {}, system_ids, refuses_simulated=refuses_simulated)
        self._state_dir = state_dir
        self._guards: dict[Path, Guard] = {}
        given = [link_plan(plan) if isinstance(plan, str) else plan for plan in plans]
        self._links = [self._link(plan, number) for number, plan in enumerate(given)]

    @property
    def trackers(self) -> dict[int, VehicleTracker]:
        """The vehicles heard so far, by system id."""
        return self._hub.trackers

    def subscribe(self, on_message: OnMessage) -> Callable[[], None]:
        """Call back for each decoded message of a vehicle, in the loop's own thread; return the way to stop it."""
        return self._hub.subscribe(on_message)

    def subscribe_frames(self, on_frame: OnFrame) -> Callable[[], None]:
        """Call back for each good frame of a vehicle as received, in the loop's own thread; return the way to stop."""
        return self._hub.subscribe_frames(on_frame)

    def point_gimbal(
        self, system_id: int, component_id: int, *, device_id: int, pitch_deg: float, yaw_deg: float
    ) -> bool:
        """Ask a vehicle's gimbal manager, through its own peer, to turn; False where there is none."""
        return self._hub.point_gimbal(
            system_id, component_id, device_id=device_id, pitch_deg=pitch_deg, yaw_deg=yaw_deg
        )

    def statuses(self) -> tuple[LinkStatus, ...]:
        """Return the state of each link, in the order of the plans."""
        now_ns = self._now_ns()
        ways = [way for tracker in self.trackers.values() for way in tracker.ways(now_ns)]
        return tuple(link_status(link, self._hub.refused_on(link.address.text), ways) for link in self._links)

    async def __aenter__(self) -> Self:
        """Open every port; none stays open when one fails."""
        try:
            for link in self._links:
                await link.open()
        except OSError:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every port, and keep the time stamps of signing."""
        await self._close()

    async def _close(self) -> None:
        for link in self._links:
            await link.close()
        for guard in self._guards.values():
            guard.close()

    async def run(self) -> None:
        """Keep streams connected and speak to vehicles, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for link in self._links:
                if not isinstance(link, DatagramLink):
                    tasks.create_task(link.run(), name=f"link {link.address.text}")
            tasks.create_task(self._speak(), name="link voice")

    async def _speak(self) -> None:
        while True:
            self._hub.speak(self._peers(), self._now_ns())
            await asyncio.sleep(_TICK_S)

    def _peers(self) -> list[Peer]:
        return [peer for link in self._links for peer in link.peers]

    def _link(self, plan: LinkPlan, number: int) -> AnyLink:
        if plan.address.kind is LinkKind.TLOG:
            return TlogLink(plan.address, self._hub, self._now_ns)
        new_peer = introduction(plan, self._guard(plan), number=number, now_ns=self._now_ns)
        kind = DatagramLink if is_datagram(plan.address.kind) else StreamLink
        return kind(plan, self._hub, new_peer, self._now_ns)

    def _guard(self, plan: LinkPlan) -> Guard | None:
        """Return the guard of a link's key: one for all links that share it, so that a replay over another is known."""
        if plan.key_file is None:
            return None
        path = plan.key_file.resolve()
        if path not in self._guards:
            if self._state_dir is None:
                raise LinkError(
                    f"link {plan.address.text!r}: signing needs a folder for its time stamps; set state_dir"
                )
            stamps = stamp_book_at(
                self._state_dir / f"signing-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.json"
            )
            self._guards[path] = Guard(load_key(path), stamps)
        return self._guards[path]
