"""A lossy way for datagrams: what becomes of each is a pure function of the faults at work, the seed and its number.

Nothing is invented and nothing changed: a datagram arrives as it was sent, later, twice, or never.
"""

from __future__ import annotations

import heapq
import math
import random
from typing import Final

from sitl.world.faults import Fault, FaultBoard, FaultKind

MOST_HELD: Final = 4096
"""Datagrams under way; when full, a newly sent one is lost, as in a router's queue."""
_LEAST_S: Final = 1e-6
"""Of a delay and of its spread; less is none."""


class Wire:
    """One direction of one link.

    Args:
        board: the faults that may befall it.
        name: of the direction; each has its own fate under one seed.
        is_video: whether the kinds for video count, else those for telemetry.
    """

    def __init__(self, board: FaultBoard, name: str, *, is_video: bool = False) -> None:
        self._board = board
        self._name = name
        self._is_video = is_video
        self._dice: dict[int, random.Random] = {}
        self._held: list[tuple[float, int, bytes]] = []
        self._number = 0
        self._last_in_order_s = -math.inf
        self.overflowed = 0
        """Datagrams lost because too many were under way."""

    def enter(self, t_s: float, datagram: bytes) -> None:
        """Send a datagram at seconds since the world began."""
        for arrival_s in self._arrivals(t_s):
            if len(self._held) >= MOST_HELD:
                self.overflowed += 1
                return
            heapq.heappush(self._held, (arrival_s, self._number, datagram))
            self._number += 1

    def leave(self, t_s: float) -> list[tuple[float, bytes]]:
        """Return (arrival, datagram) of all that has arrived by now, in order of arrival."""
        out = []
        while self._held and self._held[0][0] <= t_s:
            arrival_s, _, datagram = heapq.heappop(self._held)
            out.append((arrival_s, datagram))
        return out

    @property
    def next_s(self) -> float | None:
        """When the next datagram arrives."""
        return self._held[0][0] if self._held else None

    def _arrivals(self, t_s: float) -> list[float]:
        """Return when a datagram arrives: never, once or several times."""
        faults = [(number, fault) for number, fault in enumerate(self._board.faults) if fault.is_on(t_s)]
        if any(self._is_lost(number, fault) for number, fault in faults):
            return []
        waits_s = sum(self._wait_s(number, fault) for number, fault in faults)
        freed_s = max((fault.until_s for _, fault in faults if self._is_held(fault)), default=t_s)
        arrival_s = self._last_in_order_s = max(t_s + waits_s, freed_s, self._last_in_order_s)
        held_back = [fault.by_s for number, fault in faults if self._is_hit(number, fault, FaultKind.REORDER)]
        copies = [fault.by_s for number, fault in faults if self._is_hit(number, fault, FaultKind.DUPLICATE)]
        first_s = arrival_s + sum(held_back)
        return [first_s, *(first_s + by_s for by_s in copies)]

    def _of(self, number: int) -> random.Random:
        if number not in self._dice:
            self._dice[number] = random.Random(f"{self._board.seed} {self._board.vehicle} {self._name} {number}")  # noqa: S311  # a fate that can be told again, no secret
        return self._dice[number]

    def _is_lost(self, number: int, fault: Fault) -> bool:
        silences = (FaultKind.VIDEO_STALL,) if self._is_video else (FaultKind.LINK_LOSS, FaultKind.RESTART)
        if fault.kind in silences:
            return True
        losing = FaultKind.VIDEO_LOSS if self._is_video else FaultKind.LOSS
        return fault.kind is losing and self._of(number).random() < fault.share

    def _wait_s(self, number: int, fault: Fault) -> float:
        """Return a delay; a gamma distribution has the tail of real links and no negative values."""
        if fault.kind is not (FaultKind.VIDEO_DELAY if self._is_video else FaultKind.DELAY) or fault.mean_s < _LEAST_S:
            return 0.0
        if fault.spread_s < _LEAST_S:
            return fault.mean_s
        shape = (fault.mean_s / fault.spread_s) ** 2
        return self._of(number).gammavariate(shape, fault.mean_s / shape)

    def _is_held(self, fault: Fault) -> bool:
        return fault.kind is FaultKind.LINK_HELD and not self._is_video

    def _is_hit(self, number: int, fault: Fault, kind: FaultKind) -> bool:
        return fault.kind is kind and not self._is_video and self._of(number).random() < fault.share
