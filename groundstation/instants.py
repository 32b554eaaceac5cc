"""UTC instants as text and as nanoseconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

NS_PER_S: Final = 1_000_000_000
BEFORE_S: Final = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())
"""No instant lies later: it is a slip of the pen, and text of it may have no year that can be written."""


def utc_ns_from_text(text: str) -> int:
    """Return an instant, for instance `2026-07-14T18:00:00Z`, in UTC nanoseconds.

    Raises:
        ValueError: it is no time, has no offset from UTC, or lies before 1970 or after 2199.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no time; write for instance 2026-07-14T18:00:00Z") from error
    if instant.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no offset from UTC; end it with Z")
    utc_s = int(instant.replace(microsecond=0).timestamp())
    if not 0 <= utc_s < BEFORE_S:
        raise ValueError(f"{text[:40]!r} is not between 1970 and 2199; write for instance 2026-07-14T18:00:00Z")
    return utc_s * NS_PER_S + instant.microsecond * 1000


def text_from_utc_ns(utc_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC with milliseconds and Z."""
    instant = datetime.fromtimestamp(utc_ns // NS_PER_S, UTC)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{utc_ns % NS_PER_S // 1_000_000:03d}Z"


def utc_now_ns() -> int:
    """Return UTC now; the wall clock enters here and nowhere else."""
    return time.time_ns()
