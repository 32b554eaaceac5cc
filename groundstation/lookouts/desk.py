"""`LookoutDesk`: officers ask for eyes on a place, pilots answer, the published map says when it was seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import shapely

from flightlink.mission import Mission
from groundstation.audit import Audit, Plain, done_and_told
from groundstation.errors import BadInputError, DoneAlreadyError, NotKeptError, NotThereError, RefusedError
from groundstation.instants import NS_PER_S, text_from_utc_ns, utc_ns_from_text
from groundstation.logs import event
from groundstation.lookouts.body import Answered, answered_from, asked_from
from groundstation.lookouts.lookout import Lookout, Refusal, State
from groundstation.lookouts.seen import Gap, Look, cells_at, largest_gap, look_at
from groundstation.lookouts.store import LookoutFile
from maps.crs import MissionCrs

MOST_OPEN: Final = 16
MOST_KEPT: Final = 64
SHOWN_AFTER_S: Final = 600
"""So long what is over is still told."""
LOOKS_EVERY_S: Final = 1.0
GAP_EVERY: Final = 5
"""Looks between two searches for the largest gap, which cost some ten milliseconds."""
SEEN_LOOKS: Final = 5
"""So many maps in a row, one a second, show it: more than one picture in passing is fresh for (`FRESH_S`)."""
_STATES: Final = {"going": State.GOING, "done": State.DONE}
_LOG: Final = logging.getLogger(__name__)

Document = dict[str, Any]


class Shelf(NamedTuple):
    """Where the desk reads the published map, and puts its own document."""

    density: Callable[[], Document | None]
    put: Callable[[Document], None]


class LookoutDesk:
    """Requests for eyes at a running station.

    Args:
        mission: in whose area places lie, and while which they may be asked for.
        epsg: of its metric CRS.
        file: where requests are kept.
        audit: told of each deed before it is done, and of how that went.
        clock: UTC now in nanoseconds.
        shelf: the published map, and where the requests are published.
        cameras: names of the cameras by the vehicle that carries them.
        is_replay: nothing is asked while a recording is played.

    Raises:
        BadInputError: what is kept is damaged.
    """

    def __init__(
        self,
        mission: Mission,
        *,
        epsg: int,
        file: LookoutFile,
        audit: Audit,
        clock: Callable[[], int],
        shelf: Shelf,
        cameras: Mapping[int, frozenset[str]],
        is_replay: bool = False,
    ) -> None:
        self._mission, self._crs = mission, MissionCrs(epsg)
        self._area = self._crs.area_from_geodetic(mission.area)
        self._file, self._audit, self._clock, self._shelf = file, audit, clock, shelf
        self._cameras, self._is_replay = cameras, is_replay
        self._turn = asyncio.Lock()
        self._kept = file.load()
        self._seen_looks: dict[str, int] = {}
        self._gap: Gap | None = None

    async def keep(self) -> None:
        """Look at the map once a second and tell what changed, until cancelled."""
        while True:
            for number in range(GAP_EVERY):
                if number == 0:
                    await self.find_gap()
                await self.look()
                await asyncio.sleep(LOOKS_EVERY_S)

    async def find_gap(self) -> None:
        """Search the newest map for the largest ground that nobody sees, beside the loop."""
        find = partial(largest_gap, self._shelf.density(), crs=self._crs, area=self._area)
        self._gap = await asyncio.to_thread(find)

    async def look(self) -> None:
        """Compare the requests with the newest map; what a camera of the vehicle that went sees is over."""
        density = self._shelf.density()
        arrived = [
            one.id for one in self._kept.lookouts if one.state is State.GOING and self._has_arrived(one, density)
        ]
        if arrived:
            async with self._turn:
                seen = [
                    self._in_state(one, State.SEEN) if one.id in arrived and one.state is State.GOING else one
                    for one in self._kept.lookouts
                ]
                await self._store_quietly(seen)
        self._publish()

    def _look(self, density: Document | None, lookout: Lookout) -> Look:
        return look_at(density, cells_at(self._crs, lookout.lon_lat))

    def _has_arrived(self, lookout: Lookout, density: Document | None) -> bool:
        cameras = self._cameras.get(lookout.taken_by or 0, frozenset())
        sees = bool(cameras & self._look(density, lookout).cameras)
        looks = self._seen_looks.get(lookout.id, 0) + 1 if sees else 0
        self._seen_looks[lookout.id] = looks
        return looks >= SEEN_LOOKS

    async def _store_quietly(self, lookouts: list[Lookout]) -> None:
        """Keep what the station found; a full disk delays only that, for the map will show it again."""
        try:
            await asyncio.to_thread(self._file.store, self._kept.next_number, lookouts)
        except NotKeptError as error:
            event(_LOG, "lookouts_not_kept", level=logging.ERROR, why=error)
        self._kept = self._kept._replace(lookouts=tuple(lookouts))

    def document(self) -> Document:
        """Return what is asked, what became of it, and the largest ground that nobody sees."""
        utc_ns, density = self._clock(), self._shelf.density()
        gap = None if self._gap is None else {"lon_lat": list(self._gap.lon_lat), "radius_m": self._gap.radius_m}
        return {
            "utc": text_from_utc_ns(utc_ns),
            "requests": [self._served(one, density) for one in self._kept.lookouts if _is_shown(one, utc_ns)],
            "gap": gap,
        }

    def _served(self, lookout: Lookout, density: Document | None) -> Document:
        document: Document = lookout.model_dump(mode="json")
        return {**document, "seen_age_s": self._look(density, lookout).age_s}

    def _publish(self) -> None:
        self._shelf.put(self.document())

    async def ask(self, body: object) -> Document:
        """Keep a request and return it.

        Raises:
            BadInputError: the body is none, the place lies outside the area, or too many are open.
            NotKeptError: it cannot be written.
            RefusedError: this is a replay, or the mission does not run.
        """
        self._refuse_unless_running()
        asked = asked_from(body)
        self._refuse_outside(asked.lon_lat)
        async with self._turn:
            if sum(one.is_open for one in self._kept.lookouts) >= MOST_OPEN:
                raise BadInputError(f"{MOST_OPEN} requests are open; withdraw one first")
            number, utc = self._kept.next_number, text_from_utc_ns(self._clock())
            lookout = Lookout(
                id=f"r{number}", lon_lat=asked.lon_lat, note=asked.note, vehicle=asked.vehicle, asked_utc=utc,
                asked_by=asked.by, state_utc=utc,
            )  # fmt: skip
            deed: dict[str, Plain] = {"vehicle": asked.vehicle, "by": asked.by}
            await self._keep("lookout_asked", lookout, deed, next_number=number + 1)
        return self._served(lookout, self._shelf.density())

    async def answer(self, lookout_id: str, body: object) -> Document:
        """Keep what a pilot answers and return the request.

        Raises:
            BadInputError: the body is no answer.
            DoneAlreadyError: the request is over, or another vehicle has taken it on.
            NotKeptError: it cannot be written.
            NotThereError: there is no such request.
            RefusedError: this is a replay, the mission does not run, or another vehicle was asked.
        """
        self._refuse_unless_running()
        answered = answered_from(body)
        async with self._turn:
            lookout = self._open_one(lookout_id)
            _refuse_other(lookout, answered.vehicle)
            changed = self._answered(lookout, answered)
            deed: dict[str, Plain] = {"answer": answered.answer, "vehicle": answered.vehicle, "by": answered.by}
            await self._keep("lookout_answered", changed, deed)
        return self._served(changed, self._shelf.density())

    def _answered(self, lookout: Lookout, answered: Answered) -> Lookout:
        if answered.answer != "cannot":
            return self._in_state(lookout, _STATES[answered.answer], taken_by=answered.vehicle)
        utc = text_from_utc_ns(self._clock())
        refusal = Refusal(vehicle=answered.vehicle, reason=answered.reason, by=answered.by, utc=utc)
        others = [one for one in lookout.refusals if one.vehicle != answered.vehicle]
        refusals = (*others, refusal)
        # who was asked alone, or went, leaves nobody; of all, somebody else still may
        nobody = lookout.vehicle is not None or self._cameras.keys() <= {one.vehicle for one in refusals}
        state = State.REFUSED if nobody else State.ASKED
        return self._in_state(lookout, state, taken_by=None, refusals=refusals)

    async def withdraw(self, lookout_id: str) -> Document:
        """End a request that nobody is to look into any more, and return it.

        Raises:
            DoneAlreadyError: it is over.
            NotKeptError: that cannot be written.
            NotThereError: there is no such request.
        """
        async with self._turn:
            changed = self._in_state(self._open_one(lookout_id), State.WITHDRAWN)
            await self._keep("lookout_withdrawn", changed, {})
        return self._served(changed, self._shelf.density())

    def _in_state(self, lookout: Lookout, state: State, **more: Any) -> Lookout:
        return lookout.model_copy(update={"state": state, "state_utc": text_from_utc_ns(self._clock()), **more})

    async def _keep(
        self, what: str, lookout: Lookout, deed: Mapping[str, Plain], *, next_number: int | None = None
    ) -> None:
        """Write a change down and keep it; one that fails is not in force. No place stands in the audit."""
        kept = {one.id: one for one in self._kept.lookouts} | {lookout.id: lookout}
        over = [one for one in kept.values() if not one.is_open]
        dropped = {one.id for one in over[: max(0, len(kept) - MOST_KEPT)]}
        lookouts = tuple(one for one in kept.values() if one.id not in dropped)
        next_number = self._kept.next_number if next_number is None else next_number
        store = partial(self._file.store, next_number, lookouts)
        told = {"request": lookout.id, **deed}
        await asyncio.to_thread(done_and_told, self._audit, what, utc_ns=self._clock(), deed=told, do=store)
        self._kept = self._kept._replace(next_number=next_number, lookouts=lookouts)
        self._seen_looks = {name: looks for name, looks in self._seen_looks.items() if name in kept}
        event(_LOG, what, request=lookout.id, state=lookout.state)
        self._publish()

    def _open_one(self, lookout_id: str) -> Lookout:
        lookout = next((one for one in self._kept.lookouts if one.id == lookout_id), None)
        if lookout is None:
            raise NotThereError(f"there is no request {lookout_id[:20]!r}; /api/v1/lookouts lists them")
        if not lookout.is_open:
            raise DoneAlreadyError(f"request {lookout.id} is over ({lookout.state}) since {lookout.state_utc}")
        return lookout

    def _refuse_unless_running(self) -> None:
        if self._is_replay:
            raise RefusedError("this is a replay; eyes are asked for live only")
        if (why := self._mission.refusal_at(self._clock())) is not None:
            raise RefusedError(f"nobody may look now ({why}); a mission that runs is needed")

    def _refuse_outside(self, lon_lat: tuple[float, float]) -> None:
        east_m, north_m = self._crs.crs_from_geodetic(*(np.array([part]) for part in lon_lat))
        if not bool(shapely.covers(self._area, shapely.points(east_m, north_m)).all()):
            raise BadInputError("lon_lat lies outside the mission's area, where nobody may look; longitude comes first")


def _refuse_other(lookout: Lookout, vehicle: int) -> None:
    if lookout.vehicle not in (None, vehicle):
        raise RefusedError(f"request {lookout.id} asks vehicle {lookout.vehicle}, not {vehicle}")
    if lookout.taken_by not in (None, vehicle):
        raise DoneAlreadyError(f"vehicle {lookout.taken_by} has taken request {lookout.id} on already")


def _is_shown(lookout: Lookout, utc_ns: int) -> bool:
    since_ns = utc_ns - utc_ns_from_text(lookout.state_utc)
    return lookout.is_open or since_ns <= SHOWN_AFTER_S * NS_PER_S
