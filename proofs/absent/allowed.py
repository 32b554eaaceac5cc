"""The lists of `allowed.toml` as values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

LISTS: Final = Path(__file__).with_name("allowed.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Names that only some modules of the sealed room may use."""

    what: str
    names: frozenset[str]
    """Dotted from the import on; `.name` stands for any owner, `open(w)` for opening anything for writing."""
    only: tuple[str, ...]
    """Patterns of modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the running station may import, call, load and bring along."""

    imports: Mapping[str, frozenset[str]]
    """Room -> top-level names."""
    imports_of_modules: Mapping[str, frozenset[str]]
    """Pattern of modules -> top-level names beyond those of their room."""
    calls: Mapping[str, Mapping[str, frozenset[str]]]
    """Room -> engine -> dotted names inside it."""
    never_modules: Mapping[str, str]
    """Top-level name -> why."""
    never_names: Mapping[str, str]
    never_dynamic: Mapping[str, str]
    never_in_pages: Mapping[str, str]
    """Word of a script -> why."""
    in_pages_only: Mapping[str, str]
    """Word of a script -> the one file that may have it."""
    never_distributions: Mapping[str, str]
    """Normalised name -> why."""
    sealed_room: tuple[Reserved, ...]
    switches: Mapping[str, re.Pattern[str]]
    """Room -> what no name in it may hold, because it would promise a switch."""
    loaded: Mapping[str, tuple[str, ...]]
    entry_points: Mapping[str, Mapping[str, str]]
    """Group -> name -> object."""
    roles: frozenset[str]
    most_numbers: int
    weights: frozenset[str]
    """Endings of files that hold networks."""

    @property
    def engines(self) -> frozenset[str]:
        """Libraries of which single names are allowed, never the whole."""
        return frozenset(engine for table in self.calls.values() for engine in table)


@cache
def allowed() -> Allowed:
    """Return the lists that this build was made with."""
    return allowed_from_table(tomllib.loads(LISTS.read_text(encoding="utf-8")))


def allowed_from_table(table: Mapping[str, Any]) -> Allowed:
    """Return the lists of a TOML document."""
    never = table["never"]
    return Allowed(
        imports=_sets(table["imports"]),
        imports_of_modules=_sets(table["imports_of_modules"]),
        calls={room: _sets(engines) for room, engines in table["calls"].items()},
        never_modules=never["modules"],
        never_names=never["names"],
        never_dynamic=never["dynamic"],
        never_in_pages=never["in_pages"],
        in_pages_only=table["in_pages_only"],
        never_distributions={name: why for why, names in never["distributions"].items() for name in names},
        sealed_room=tuple(
            Reserved(what=part["what"], names=frozenset(part["names"]), only=tuple(part["only"]))
            for part in table["sealed_room"]
        ),
        switches=_switches(table["switches"]),
        loaded={name: tuple(names) for name, names in table["loaded"].items()},
        entry_points=table["entry_points"],
        roles=frozenset(table["models"]["roles"]),
        most_numbers=table["models"]["most_numbers"],
        weights=frozenset(table["models"]["weights"]),
    )


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a name fits one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _switches(table: Mapping[str, Any]) -> dict[str, re.Pattern[str]]:
    words = {room: list(table["words"]) for room in table["rooms"]}
    words["vision"] += table["words_in_sealed_room"]
    return {room: re.compile("|".join(f"(?:{word})" for word in them), re.IGNORECASE) for room, them in words.items()}


def _sets(table: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(names) for name, names in table.items()}
