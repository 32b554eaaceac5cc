"""`IncidentDesk`: officers' entries and the station's own, in one log that is only added to; shifts are handed over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from groundstation.audit import Audit, Plain, done_and_told
from groundstation.errors import BadInputError, NotKeptError, RefusedError
from groundstation.incidents.body import Written, written_from
from groundstation.incidents.entry import Draft, Entry, Facts, Summary
from groundstation.incidents.handover import Given, given_from, offer_open
from groundstation.incidents.shelf import Shelf
from groundstation.incidents.store import LogFile
from groundstation.incidents.summary import since_handover, summary_of
from groundstation.incidents.told import alerts_in
from groundstation.incidents.watch import Watch, acknowledged_draft
from groundstation.instants import text_from_utc_ns
from groundstation.logs import event

MOST_ENTRIES: Final = 20_000
STATIONS_SHARE: Final = 15_000
"""So many entries, then the station writes none of its own any more: what is left is for officers."""
MOST_WAITING: Final = 200
"""Entries of the station that a full disk holds up; the newest are kept."""
LOOKS_EVERY_S: Final = 1.0
SHOWN: Final = 60
"""Entries that are told as they come; older ones are asked for."""
MOST_ASKED: Final = 200
MOST_FOUND: Final = 500
"""Entries among which one that is sent twice is found."""
_LOG: Final = logging.getLogger(__name__)


class IncidentDesk:
    """The incident log of a running station.

    Args:
        file: where it is kept.
        audit: told of each deed of an officer, before it is done and of how that went.
        clock: UTC now in nanoseconds.
        shelf: the documents that the station publishes, and where the log is published.
        is_replay: nothing is written while a recording is played.

    Raises:
        BadInputError: what is kept is damaged, or of the other kind of event.
    """

    def __init__(
        self, *, file: LogFile, audit: Audit, clock: Callable[[], int], shelf: Shelf, is_replay: bool = False
    ) -> None:
        self._file, self._audit, self._clock, self._shelf = file, audit, clock, shelf
        self._is_replay = is_replay
        self._turn = asyncio.Lock()
        self._watch = Watch()
        self._entries = file.load()
        self._waiting = [_cut_off(file.cut_off_bytes, clock())] if file.cut_off_bytes else []
        self._is_silent = any(entry.kind == "nearly_full" for entry in self._entries)
        self._alerts = {entry.alert for entry in self._entries[-MOST_FOUND:] if entry.alert is not None}

    def note_acknowledged(self, alert: str, *, by: str | None, reason: str, utc_ns: int) -> None:
        """Take in that an officer took an alert up; it is written with the next look."""
        document = next((one for one in self._shelf.alerts() if one["id"] == alert), None)
        self._wait(acknowledged_draft(alert, document, by=by, reason=reason, utc_ns=utc_ns))

    async def keep(self) -> None:
        """Look at the station's documents and write down what changed, beside the loop, until cancelled."""
        self._publish()
        while not self._is_replay:
            await self.look()
            await asyncio.sleep(LOOKS_EVERY_S)

    async def look(self) -> None:
        """Write down what changed since the last look; what cannot be written waits."""
        for draft in self._watch.take(self._shelf.told(), self._clock()):
            self._wait(draft)
        if not self._waiting or self._is_silent:
            return
        async with self._turn:
            waiting = [*self._waiting]
            is_last = len(self._entries) + len(waiting) > STATIONS_SHARE
            if is_last:
                waiting = [_nearly_full(self._clock())]
            try:
                written = await asyncio.to_thread(self._file.append, waiting)
            except NotKeptError as error:
                event(_LOG, "incidents_not_kept", level=logging.ERROR, why=error, waiting=len(self._waiting))
            else:
                self._waiting = [] if is_last else self._waiting[len(waiting) :]
                self._entries += written
                self._is_silent = is_last
        self._publish()

    def _wait(self, draft: Draft) -> None:
        if not self._is_replay and not self._is_silent:
            self._waiting = [*self._waiting, draft][-MOST_WAITING:]

    def document(self, before: int | None = None, most: int = SHOWN) -> dict[str, Any]:
        """Return the newest entries before a number, oldest first, and where the log stands."""
        end = len(self._entries) if before is None else max(0, min(before - 1, len(self._entries)))
        offer = offer_open(self._entries)
        return {
            "utc": text_from_utc_ns(self._clock()),
            "entries": [_served(entry) for entry in self._entries[max(0, end - most) : end]],
            "count": len(self._entries),
            "offer": None if offer is None else offer.number,
            "not_kept": len(self._waiting),
            "exercise": self._file.is_exercise,
        }

    def page(self, before: str | None) -> dict[str, Any]:
        """Return up to `MOST_ASKED` entries before a number.

        Raises:
            BadInputError: it is no number.
        """
        if before is not None and not (before.isascii() and before.isdigit() and len(before) < 10):
            raise BadInputError(f"before {before[:20]!r} is no number of an entry; write for instance 120")
        return self.document(None if before is None else int(before), MOST_ASKED)

    def summary(self) -> dict[str, Any]:
        """Return what a shift would be handed over with now."""
        document: dict[str, Any] = self._summary().model_dump(mode="json", exclude_none=True)
        return document

    def _summary(self) -> Summary:
        return summary_of(self._shelf.told(), self._shelf.density(), since_handover(self._entries), self._clock())

    async def add(self, body: object) -> dict[str, Any]:
        """Write what an officer sent and return it with its number; sent twice with one key, it is written once.

        Raises:
            BadInputError: the body is no entry, or names what is not there.
            NotKeptError: it cannot be written.
            RefusedError: this is a replay.
        """
        self._refuse_replay()
        written = written_from(body)
        async with self._turn:
            if (entry := self._sent_before(written.key)) is None:
                deed: dict[str, Plain] = {"by": written.author, "kind": written.kind, "refers_to": written.refers_to}
                entry = await self._keep("log_entry", self._draft(written), deed)
        self._publish()
        return _served(entry)

    async def hand_over(self, body: object) -> dict[str, Any]:
        """Offer a shift, with the station's own summary, or take one over that is offered; return the entry.

        Raises:
            BadInputError: the body is neither, or who takes over is who leaves.
            DoneAlreadyError: the shift was taken over already, or offered anew.
            NotKeptError: it cannot be written.
            NotThereError: no such shift is offered.
            RefusedError: this is a replay.
        """
        self._refuse_replay()
        given = given_from(body)
        async with self._turn:
            if (entry := self._sent_before(given.key)) is None:
                draft = self._handover(given)
                deed: dict[str, Plain] = {"by": given.author, "offer": given.offer}
                entry = await self._keep("shift_taken" if given.offer else "shift_offered", draft, deed)
        self._publish()
        return _served(entry)

    def _handover(self, given: Given) -> Draft:
        utc = text_from_utc_ns(self._clock())
        if given.offer is None:
            return Draft(
                utc=utc, kind="handover_offered", author=given.author, text=given.text, summary=self._summary(),
                key=given.key,
            )  # fmt: skip
        given.refuse_unless_open(self._entries)
        text = given.text or f"{given.author} has read the summary and takes over"
        return Draft(
            utc=utc, kind="handover_taken", author=given.author, text=text, refers_to=given.offer, key=given.key
        )

    def _refuse_replay(self) -> None:
        if self._is_replay:
            raise RefusedError("this is a replay; the incident log is written live only")

    def _sent_before(self, key: str | None) -> Entry | None:
        newest = reversed(self._entries[-MOST_FOUND:])
        return None if key is None else next((entry for entry in newest if entry.key == key), None)

    def _draft(self, written: Written) -> Draft:
        """Return the entry; names of zones are kept as they are now.

        Raises:
            BadInputError: the zone, the alert or the entry is not there.
        """
        self._refuse_unknown(written)
        zones = self._shelf.zone_names()
        return Draft(
            utc=text_from_utc_ns(self._clock()),
            kind=written.kind,
            author=written.author,
            text=written.text,
            lon_lat=written.lon_lat,
            zone=written.zone,
            zone_name=zones.get(written.zone or ""),
            alert=written.alert,
            refers_to=written.refers_to,
            key=written.key,
        )

    def _refuse_unknown(self, written: Written) -> None:
        if written.zone is not None and written.zone not in self._shelf.zone_names():
            raise BadInputError(f"zone {written.zone[:20]!r} is not there any more; choose another, or none")
        alerts = self._alerts | self._watch.alerts_seen.keys() | {one["id"] for one in self._shelf.alerts()}
        if written.alert is not None and written.alert not in alerts:
            raise BadInputError(f"no alert {written.alert[:80]!r} is known; choose another, or none")
        if written.refers_to is None:
            return
        known = self._entries[written.refers_to - 1] if written.refers_to <= len(self._entries) else None
        if known is None or not known.is_officers:
            raise BadInputError(f"entry {written.refers_to} is none of an officer's; a correction names one")

    async def _keep(self, what: str, draft: Draft, deed: Mapping[str, Plain]) -> Entry:
        if len(self._entries) >= MOST_ENTRIES:
            raise NotKeptError(f"the log is full ({MOST_ENTRIES} entries); start the station with another state_dir")
        kept: list[Entry] = []

        def store() -> None:
            kept.extend(self._file.append([draft]))

        number = len(self._entries) + 1
        told = partial(done_and_told, self._audit, what, utc_ns=self._clock(), deed={"entry": number, **deed}, do=store)
        await asyncio.to_thread(told)
        self._entries += kept
        event(_LOG, what, entry=number, kind=draft.kind)  # no text, no name and no place in a log line
        return kept[0]

    def _publish(self) -> None:
        self._shelf.put(self.document())

    def alerts_told(self) -> list[dict[str, Any]]:
        """Return the alerts that the log tells of, oldest first: kind, highest level, place, from when to when."""
        return alerts_in(self._entries)

    async def table(self) -> list[dict[str, Any]]:
        """Return all entries as they are served, for a file that leaves; that is written down first.

        Raises:
            NotKeptError: it cannot be written down, so it must not leave.
        """
        count = len(self._entries)
        record = partial(
            self._audit.record, "exported", utc_ns=self._clock(), who="operator", format="log", entries=count
        )
        await asyncio.to_thread(record)
        return [_served(entry) for entry in self._entries[:count]]


def _served(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude_none=True, exclude={"key"})


def _cut_off(count: int, utc_ns: int) -> Draft:
    text = f"the last line ({count} bytes) was cut off by a loss of power before it was kept; nobody was told of it"
    return Draft(utc=text_from_utc_ns(utc_ns), kind="cut_off", text=text, facts=Facts(count=count))


def _nearly_full(utc_ns: int) -> Draft:
    text = "the log is nearly full: the station writes nothing more of its own; officers can"
    return Draft(utc=text_from_utc_ns(utc_ns), kind="nearly_full", text=text, facts=Facts(count=STATIONS_SHARE))
