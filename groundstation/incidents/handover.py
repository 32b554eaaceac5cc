"""A shift changes hands: who leaves offers it with what matters, who comes takes it over by name. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from groundstation.errors import BadInputError, DoneAlreadyError, NotThereError
from groundstation.incidents.body import author_of, key_of, text_of
from groundstation.incidents.entry import Entry

_FIELDS: Final = frozenset({"author", "text", "offer", "key"})
_SHAPE: Final = 'send {"author", "text"} to offer a shift, {"author", "offer"} to take one over'


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An offer of a shift (`offer` is None), or that somebody takes it over."""

    author: str
    text: str
    """What matters; may be empty of who takes over."""
    offer: int | None
    key: str | None

    def refuse_unless_open(self, entries: Sequence[Entry]) -> None:
        """Refuse to take over what is not offered.

        Raises:
            BadInputError: who leaves would take over from himself.
            DoneAlreadyError: it was taken over, or offered anew.
            NotThereError: no such shift was offered.
        """
        number = self.offer or 0
        if number > len(entries) or entries[number - 1].kind != "handover_offered":
            raise NotThereError(f"entry {number} offers no shift; /api/v1/log names the one that is offered")
        offered, last = entries[number - 1], offer_open(entries)
        if last is None or last.number != number:
            raise DoneAlreadyError(f"the shift of entry {number} was taken over or offered anew already; look again")
        if _folded(offered.author or "") == _folded(self.author):
            raise BadInputError(f"{self.author} leaves this shift; somebody else takes it over")


def given_from(body: object) -> Given:
    """Return what an officer sent.

    Raises:
        BadInputError: one line says what to mend.
    """
    if not isinstance(body, Mapping) or not {"author"} <= body.keys() <= _FIELDS:
        raise BadInputError(f"the body hands nothing over; {_SHAPE}, and nothing else")
    offer = body.get("offer")
    if offer is not None and (not isinstance(offer, int) or isinstance(offer, bool) or offer < 1):
        raise BadInputError("offer must be the number of the entry that offers the shift")
    text = text_of(body.get("text")) if offer is None or body.get("text") else ""
    return Given(author=author_of(body["author"]), text=text, offer=offer, key=key_of(body.get("key")))


def offer_open(entries: Sequence[Entry]) -> Entry | None:
    """Return the newest offer, unless it was taken over."""
    for entry in reversed(entries):
        if entry.kind == "handover_taken":
            return None
        if entry.kind == "handover_offered":
            return entry
    return None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
