r"""One kept map as bytes: a line that tells when, how much and the total, then the published map, as text. Pure.

`GSH1 <crc32> <length> <line of JSON>\n<body>\n`: the sum is over the line and the body, the length is the body's.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from groundstation.instants import NS_PER_S, utc_ns_from_text

MAGIC: Final = b"GSH1"
LONGEST_LINE_BYTES: Final = 1024
LONGEST_BODY_BYTES: Final = 64 * 1024 * 1024
_SUM_OFF: Final = "its sum is off"
RISING: Final = ("free", "dense", "watch", "alert", "critical")
"""Levels of density as a map names them, least first; what is served knows no room but its own."""


class DamagedError(ValueError):
    """Bytes that are no record; `is_torn` where they may be the end of one that a loss of power cut off."""

    def __init__(self, why: str, *, is_torn: bool) -> None:
        super().__init__(why)
        self.is_torn = is_torn


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a map tells in one line; nothing that does not stand in it."""

    utc_ns: int
    exercise: bool
    people: float | None
    people_sigma: float | None
    observed_share: float
    level: str | None
    """The worst of its cells; None without a figure."""
    lower_bound: bool
    """A cell is saturated: more people are there."""
    suppressed_at_most: int


class Placed(NamedTuple):
    """A record that was found in a file."""

    told: Told
    offset: int
    """Of its body, bytes."""
    length: int
    end: int
    """Where the next record begins."""


def told_of(utc_ns: int, document: dict[str, Any]) -> Told:
    """Return what a published map tells in one line."""
    cells = [feature["properties"] for feature in document.get("features", ())]
    levels = [RISING.index(cell["level"]) for cell in cells if cell.get("level") in RISING]
    return Told(
        utc_ns=utc_ns,
        exercise=bool(document.get("exercise")),
        people=document.get("people"),
        people_sigma=document.get("people_sigma"),
        observed_share=document.get("observed_share") or 0.0,
        level=RISING[max(levels)] if levels else None,
        lower_bound=any(cell.get("state") == "saturated" for cell in cells),
        suppressed_at_most=document.get("suppressed_at_most") or 0,
    )


def packed(document: dict[str, Any]) -> bytes:
    """Return a document as it is kept: text, so that anybody who looks at the disk sees that no picture is in it.

    Raises:
        ValueError: it holds a number that is not finite.
    """
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode()


def unpacked(body: bytes) -> dict[str, Any]:
    """Return a document as it was published."""
    document: dict[str, Any] = json.loads(body)
    return document


def framed(told: Told, body: bytes) -> tuple[bytes, int]:
    """Return a record, and how many bytes stand before its body."""
    line = json.dumps(asdict(told), allow_nan=False, separators=(",", ":")).encode()
    head = b"%s %08x %d %s\n" % (MAGIC, zlib.crc32(line + body), len(body), line)
    return head + body + b"\n", len(head)


def records(data: bytes) -> Iterator[Placed]:
    """Yield the records of a file in order.

    Raises:
        DamagedError: what follows is no record.
    """
    at = 0
    while at < len(data):
        placed = _record(data, at)
        yield placed
        at = placed.end


def _record(data: bytes, at: int) -> Placed:
    end_of_line = data.find(b"\n", at, at + LONGEST_LINE_BYTES)
    if end_of_line < 0:
        rest = data[at:]
        begins = rest[: len(MAGIC)] == MAGIC[: len(rest)]
        raise DamagedError("no record", is_torn=not any(rest) or (begins and len(rest) < LONGEST_LINE_BYTES))
    crc, length, line = _head(data[at:end_of_line])
    offset, end = end_of_line + 1, end_of_line + 1 + length + 1
    body = data[offset : end - 1]
    if end > len(data):
        raise DamagedError("it is cut off", is_torn=True)
    if zlib.crc32(line + body) != crc or data[end - 1 : end] != b"\n":
        raise DamagedError(_SUM_OFF, is_torn=end == len(data))
    return Placed(_told(line), offset, length, end)


def _head(text: bytes) -> tuple[int, int, bytes]:
    parts = text.split(b" ", 3)
    try:
        magic, crc, length, line = parts
        values = int(crc, 16), int(length)
    except ValueError as error:
        raise DamagedError("no record", is_torn=False) from error
    if magic != MAGIC or not 0 <= values[1] <= LONGEST_BODY_BYTES:
        raise DamagedError("no record", is_torn=False)
    return *values, line


def _told(line: bytes) -> Told:
    try:
        return Told(**json.loads(line))
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedError(f"its line is none ({error})", is_torn=False) from error


def utc_ns_of(document: dict[str, Any]) -> int:
    """Return when a published map was made.

    Raises:
        ValueError: it does not say.
    """
    return utc_ns_from_text(str(document["utc"]))


def seconds_between(earlier_ns: int, later_ns: int) -> float:
    """Return the time from one instant to another."""
    return (later_ns - earlier_ns) / NS_PER_S
