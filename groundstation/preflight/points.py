"""`Point`: one thing that was looked at: green, or red with a sentence how to mend it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from groundstation.instants import text_from_utc_ns
from groundstation.preflight.sentences import SENTENCES

STATION: Final = "station"
"""What points are about that belong to no link and no camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that was looked at."""

    point: str
    """Which: `settings`, `mission`, `disk`, `clock`, `weights`, `seal`, `link`, `rates`, `time`, `gimbal`, ..."""
    about: str
    """The station, the address of a link, a camera's name, or a vehicle."""
    word: str
    """Of its sentence."""
    values: tuple[str, ...] = ()
    """What the sentence and its mend name, in order."""

    @property
    def ok(self) -> bool:
        """Whether it is green: a sentence without a mend."""
        return not SENTENCES[self.word][1]

    @property
    def says(self) -> str:
        """What was found, in one sentence."""
        return SENTENCES[self.word][0].format(*self.values)

    @property
    def mend(self) -> str:
        """What to do about it; empty when it is green."""
        return SENTENCES[self.word][1].format(*self.values)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one JSON object."""
        return {
            "what": self.point,
            "about": self.about,
            "ok": self.ok,
            "says": self.says,
            "mend": self.mend,
            "word": self.word,
            "values": list(self.values),
        }


def check_document(points: Iterable[Point], *, utc_ns: int) -> dict[str, Any]:
    """Return what `GET /api/v1/check` answers: all points in order, and how many are red."""
    rows = [point.as_json() for point in points]
    red = sum(not row["ok"] for row in rows)
    return {"utc": text_from_utc_ns(utc_ns), "ok": red == 0, "red": red, "checks": rows}
