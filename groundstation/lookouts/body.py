"""What officers ask and pilots answer, as they send it: JSON in, checked values or one line out. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from groundstation.errors import BadInputError

LONGEST_NOTE: Final = 80
LONGEST_BY: Final = 80
ANSWERS: Final = ("going", "cannot", "done")
_ASK: Final = 'send {"lon_lat": [2.35, 48.85]}, perhaps with "vehicle" (its number), "note" and "by"'
_ANSWER: Final = 'send {"vehicle": 1, "answer": "going"}, or "cannot" with its "reason", or "done", perhaps with "by"'


class Asked(NamedTuple):
    """A place that is to be looked at."""

    lon_lat: tuple[float, float]
    vehicle: int | None
    note: str
    by: str | None


class Answered(NamedTuple):
    """What a pilot says to it."""

    vehicle: int
    answer: str
    reason: str
    by: str | None


def asked_from(body: object) -> Asked:
    """Return what an officer asks.

    Raises:
        BadInputError: one line with what is wrong, and how to mend it.
    """
    if not isinstance(body, Mapping) or not {"lon_lat"} <= body.keys() <= {"lon_lat", "vehicle", "note", "by"}:
        raise BadInputError(f"the body asks for nothing; {_ASK} and nothing else")
    vehicle = None if body.get("vehicle") is None else _system_id(body["vehicle"])
    return Asked(_place(body["lon_lat"]), vehicle, _line(body.get("note"), "note", LONGEST_NOTE), _by(body))


def answered_from(body: object) -> Answered:
    """Return what a pilot answers.

    Raises:
        BadInputError: one line with what is wrong, and how to mend it.
    """
    known = {"vehicle", "answer", "reason", "by"}
    if not isinstance(body, Mapping) or not {"vehicle", "answer"} <= body.keys() <= known:
        raise BadInputError(f"the body is no answer; {_ANSWER} and nothing else")
    answer = body["answer"]
    if not isinstance(answer, str) or answer not in ANSWERS:
        raise BadInputError(f"answer must be one of {', '.join(ANSWERS)}; {_ANSWER}")
    reason = _line(body.get("reason"), "reason", LONGEST_NOTE)
    if (answer == "cannot") is not bool(reason):
        raise BadInputError('reason must be told with "cannot", and with nothing else; write in a line why not')
    return Answered(_system_id(body["vehicle"]), answer, reason, _by(body))


def _place(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise BadInputError("lon_lat must be two numbers, longitude first: [2.35, 48.85]")
    degrees = []
    for part, most in zip(value, (180, 90), strict=True):
        if isinstance(part, bool) or not isinstance(part, int | float) or not abs(part) <= most:
            raise BadInputError("lon_lat is not on Earth; write longitude first, in degrees: [2.35, 48.85]")
        degrees.append(float(part))
    if not all(math.isfinite(part) for part in degrees):
        raise BadInputError("lon_lat must be finite")
    return degrees[0], degrees[1]


def _system_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 252:
        raise BadInputError("vehicle must be its number, 1 to 252; /api/v1/vehicles lists them as system_id")
    return value


def _by(body: Mapping[str, object]) -> str | None:
    return _line(body.get("by"), "by", LONGEST_BY) or None


def _line(value: object, name: str, longest: int) -> str:
    if value is None:
        return ""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > longest or not text.isprintable():
        raise BadInputError(f"{name} must be one line of 1 to {longest} characters, or be left out")
    return text
