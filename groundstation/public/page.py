"""The public page as HTML: one template a language, every word escaped, complete without any script.

What operators write (names, purposes, addresses) enters as values, never as part of a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from groundstation.public.documents import About, Register, Release
from groundstation.public.drawing import LEVELS, drawn
from groundstation.public.noise import told

PAGES_FOLDER: Final = Path(__file__).parent / "pages"
NARROW_BLANK: Final = chr(0x202F)
"""No line breaks at it; French puts it between thousands."""
_MONTHS: Final = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses that the page names: of a station, or beside it in a folder."""

    style: str
    script: str | None
    """None for a page that cannot be renewed."""
    icon: str
    of_language: Mapping[str, str]
    density: str
    register: str
    manifest: str | None
    """None for a page that is not signed."""


def page(
    about: About,
    register: Register,
    release: Release | None,
    *,
    language: str,
    links: Links,
    zone: tzinfo | None = None,
) -> str:
    """Return the whole page.

    Args:
        about: the mission, and who answers for it.
        register: of flights.
        release: the newest public map, None before the first.
        language: `fr` or `en`.
        links: addresses that the page names.
        zone: of the times on the page; None is this machine's own.
    """
    template = _environment(language, zone).get_template(f"{language}.html")
    return template.render(
        about=about,
        mission=about.mission,
        flights=register.flights,
        flying=[] if about.is_replay else [flight for flight in register.flights if flight.is_flying],
        release=release,
        noise=None if release is None else told(release.budget),
        map=drawn(about.mission.area.coordinates, release),
        levels=LEVELS,
        links=links,
    )


@lru_cache(maxsize=8)
def _environment(language: str, zone: tzinfo | None) -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGES_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters["figure"] = partial(figure, language=language)
    made.filters["when"] = partial(when, language=language, zone=zone)
    made.filters["clock"] = partial(clock, zone=zone)
    return made


def figure(number: float, places: int = 0, *, language: str) -> str:
    """Return a number as the language writes it."""
    text = f"{number:,.{places}f}"
    return text if language == "en" else text.replace(",", NARROW_BLANK).replace(".", ",")


def when(utc: str, *, language: str, zone: tzinfo | None) -> str:
    """Return a date and a time with its offset from UTC, for instance `14 July 2026, 20:00 (UTC+02:00)`."""
    instant = datetime.fromisoformat(utc).astimezone(zone)
    month = _MONTHS[language][instant.month - 1]
    day = "1er" if language == "fr" and instant.day == 1 else str(instant.day)
    return f"{day} {month} {instant.year}, {instant:%H:%M} ({_offset(instant)})"


def clock(utc: str, *, zone: tzinfo | None) -> str:
    """Return the time of day with its offset from UTC."""
    instant = datetime.fromisoformat(utc).astimezone(zone)
    return f"{instant:%H:%M:%S} ({_offset(instant)})"


def _offset(instant: datetime) -> str:
    return f"UTC{instant:%z}"[:6] + ":" + f"{instant:%z}"[3:5] if instant.utcoffset() else "UTC"
