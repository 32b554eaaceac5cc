"""What officers send to the incident log, checked: bounded text, a name, and what it is about. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from groundstation.errors import BadInputError
from groundstation.incidents.entry import OFFICERS_KINDS, OfficersKind

LONGEST_TEXT: Final = 1000
LONGEST_AUTHOR: Final = 80
_FIELDS: Final = frozenset({"text", "author", "kind", "lon_lat", "zone", "alert", "refers_to", "key"})
_SHAPE: Final = 'send {"text", "author", "kind"}, perhaps with lon_lat, zone, alert, refers_to, key'
_KEY: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as an officer sent it; what it names is still to be found."""

    text: str
    author: str
    kind: OfficersKind
    lon_lat: tuple[float, float] | None
    zone: str | None
    alert: str | None
    refers_to: int | None
    key: str | None


def written_from(body: object) -> Written:
    """Return what an officer wrote.

    Raises:
        BadInputError: one line says what to mend.
    """
    if not isinstance(body, Mapping) or not {"text", "author", "kind"} <= body.keys() <= _FIELDS:
        raise BadInputError(f"the body is no entry; {_SHAPE}, and nothing else")
    kind, refers_to = body["kind"], _number(body.get("refers_to"), "refers_to")
    if kind not in OFFICERS_KINDS:
        raise BadInputError(f"kind is none of {', '.join(OFFICERS_KINDS)}; take one of them")
    if (kind == "correction") != (refers_to is not None):
        raise BadInputError("a correction, and nothing else, says in refers_to which entry it corrects")
    return Written(
        text=text_of(body["text"]),
        author=author_of(body["author"]),
        kind=cast("OfficersKind", kind),
        lon_lat=_place(body.get("lon_lat")),
        zone=_name(body.get("zone"), "zone"),
        alert=_name(body.get("alert"), "alert"),
        refers_to=refers_to,
        key=key_of(body.get("key")),
    )


def author_of(value: object) -> str:
    """Return who writes, by his own word: the one place that sessions will fill.

    Raises:
        BadInputError: it is no name.
    """
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not name or len(name) > LONGEST_AUTHOR or not name.isprintable():
        raise BadInputError(f"author must be 1 to {LONGEST_AUTHOR} characters; write your name or call sign")
    return name


def text_of(value: object) -> str:
    """Return a text of some lines.

    Raises:
        BadInputError: it is empty or too long, or holds what cannot be printed.
    """
    rows = [" ".join(row.split()) for row in value.splitlines()] if isinstance(value, str) else []
    text = "\n".join(rows).strip()
    if not text or len(text) > LONGEST_TEXT or not all(row.isprintable() for row in rows):
        raise BadInputError(f"text must be 1 to {LONGEST_TEXT} characters; write what happened or was decided")
    return text


def key_of(value: object) -> str | None:
    """Return the key of a request that may be sent twice.

    Raises:
        BadInputError: it is none.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise BadInputError("key must be 8 to 64 letters, digits or -; or leave it out")
    return value


def _name(value: object, field: str) -> str | None:
    if value is not None and not (isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()):
        raise BadInputError(f"{field} must be the id of one; or leave it out")
    return value


def _number(value: object, field: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInputError(f"{field} must be the number of an entry; or leave it out")
    return value


def _place(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    pair = value if isinstance(value, list) and len(value) == 2 else ()
    if not pair or not all(isinstance(part, int | float) and not isinstance(part, bool) for part in pair):
        raise BadInputError("lon_lat must be [longitude, latitude] in degrees; or leave it out")
    lon, lat = (float(part) for part in pair)
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise BadInputError("lon_lat must be [longitude, latitude] in degrees; or leave it out")
    return round(lon, 6), round(lat, 6)
