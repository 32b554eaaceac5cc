"""What the delay line takes and gives: eyes that look, frames that may go, frames that were counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.eyes import Sight
from vision.masks import Look


@dataclass(frozen=True, slots=True)
class Ready:
    """A frame that may go to the gate, with all that counts for it."""

    frame: CappedFrame
    looks: list[Look]
    late: str = ""
    added: tuple[Look, ...] = ()
    """Those of guests, which mask as well and decide nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that was looked at, for the count."""

    frame: CappedFrame
    people: Boxes


class Looking(Protocol):
    """What the delay line asks of the eyes (`vision.eyes.Eyes`)."""

    def look(self, frame: CappedFrame) -> Sight:
        """Look for masks; people too where the same scale serves both."""
        ...

    def people(self, frame: CappedFrame) -> Boxes:
        """Find people to count."""
        ...

    def look_and_count(self, frame: CappedFrame) -> Sight:
        """Look for masks and people alike."""
        ...


class LookingAlone(Looking, Protocol):
    """Eyes that can do without a count."""

    def look_uncounted(self, frame: CappedFrame) -> Sight:
        """Look for masks where nobody counts."""
        ...


@dataclass(frozen=True, slots=True)
class MasksAlone:
    """Eyes of a file that nobody counts: no run is made for people alone, which in a crowd is most of the work."""

    eyes: LookingAlone

    def look(self, frame: CappedFrame) -> Sight:
        """Look for masks."""
        return self.eyes.look(frame)

    def people(self, frame: CappedFrame) -> Boxes:
        """Find people to count; nobody asks."""
        return self.eyes.people(frame)

    def look_and_count(self, frame: CappedFrame) -> Sight:
        """Look for masks, whatever was asked."""
        return self.eyes.look_uncounted(frame)
