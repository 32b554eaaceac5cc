"""When a photo was taken: in UTC where it says so, else by a wall clock without a zone, or not at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from flightlink.photos.tags import PhotoTags, number_from_value

_TAKEN, _OFFSET, _SUBSECOND = 0x9003, 0x9011, 0x9291
_GPS_TIME, _GPS_DATE = 7, 29
_EARLIEST_YEAR: Final = 2000
"""A camera whose clock was never set writes 1970 or 1980: that is no time."""
_OFFSET_TEXT: Final = re.compile(r"([+-])(\d\d):?(\d\d)")


class PhotoTime(NamedTuple):
    """When a photo was taken."""

    utc_ns: int | None
    local_s: float | None
    """Seconds by the camera's own wall clock, to be compared with photos of the same camera only."""


def photo_time(tags: PhotoTags) -> PhotoTime:
    """Return the times that a photo tells; a clock that was never set tells none."""
    local = _instant(tags.text(_TAKEN), tags.text(_SUBSECOND))
    stamp_s = None if local is None else local.replace(tzinfo=UTC).timestamp()
    utc = _gps_instant(tags) or _zoned(local, tags.text(_OFFSET))
    return PhotoTime(None if utc is None else round(utc.timestamp() * 1e6) * 1000, stamp_s)


def _instant(text: str, subsecond: str) -> datetime | None:
    try:
        # the camera's clock has no zone: its hours stand as if they were UTC
        instant = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    fraction_us = int(f"{subsecond[:6]:0<6}") if subsecond.isdecimal() else 0
    return instant.replace(microsecond=fraction_us) if instant.year >= _EARLIEST_YEAR else None


def _zoned(local: datetime | None, offset: str) -> datetime | None:
    found = _OFFSET_TEXT.fullmatch(offset)
    if local is None or found is None:
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3])) * (1 if found[1] == "+" else -1)
    return local.replace(tzinfo=UTC) - ahead


def _gps_instant(tags: PhotoTags) -> datetime | None:
    """Return EXIF's satellite date and time, which are UTC."""
    date, clock = tags.gps.get(_GPS_DATE), tags.gps.get(_GPS_TIME)
    if not isinstance(date, str) or not isinstance(clock, tuple) or len(clock) != 3:
        return None
    hours, minutes, seconds = (number_from_value(part) for part in clock)
    if hours is None or minutes is None or seconds is None:
        return None
    try:
        day = datetime.strptime(date.strip("\0 "), "%Y:%m:%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds) if day.year >= _EARLIEST_YEAR else None
