"""Subtitles as cues: from when in the video, by which wall clock, which text. Cut and odd files give what is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

_ARROW: Final = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d{1,3})\s*-->\s*\d+:\d\d:\d\d[,.]\d{1,3}")
_WALL: Final = re.compile(r"(\d{4})[-.](\d{1,2})[-.](\d{1,2})\s+(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{3}))?(?:,(\d{3}))?")
_BLANK: Final = re.compile(r"\n[ \t]*\n")
_EARLIEST_YEAR: Final = 2000


class Cue(NamedTuple):
    """One subtitle."""

    begin_ns: int | None
    """Since the first frame; None in the dialect without arrows."""
    wall_ns: int | None
    """The camera's own wall clock, without a zone: its hours as if they were UTC."""
    text: str


def cues_from_text(text: str) -> Iterator[Cue]:
    """Yield the cues of a file in order; what is none is left out."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for block in _BLANK.split(plain):
        begin_ns, wall_ns = _begin_ns(block), _wall_ns(block)
        if begin_ns is not None or wall_ns is not None:
            yield Cue(begin_ns, wall_ns, block)


def _begin_ns(block: str) -> int | None:
    found = _ARROW.search(block)
    if found is None:
        return None
    hours, minutes, seconds = (int(part) for part in found.groups()[:3])
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000 + int(f"{found[4]:0<3}") * 1_000_000


def _wall_ns(block: str) -> int | None:
    """Return the wall clock: `2017.8.5 14:11:51`, `2021-12-25 12:27:52.373`, `..,774,808` for microseconds."""
    found = _WALL.search(block)
    if found is None or int(found[1]) < _EARLIEST_YEAR:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    try:
        instant = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    fraction_us = int((found[7] or "000") + (found[8] or "000"))
    return int(instant.timestamp()) * 1_000_000_000 + fraction_us * 1000
