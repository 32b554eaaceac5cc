"""Commands that another room adds through entry points: the one dynamic import of the station."""

from __future__ import annotations

import argparse
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, NoReturn

from groundstation.commands.arguments import Subparsers
from groundstation.errors import StationError

COMMANDS: Final = "groundstation.commands"
"""Group of whole commands; those below `evaluate` and `models` have groups of their own."""
EVALUATIONS: Final = "groundstation.evaluations"
MODELS: Final = "groundstation.models"
BENCHMARKS: Final = "groundstation.benchmarks"
"""Group of functions that measure something (`groundstation.commands.bench`)."""


def add_from_other_rooms(subparsers: Subparsers[Any], group: str) -> None:
    """Let other rooms add their commands of a group; one that cannot be loaded says so when it is called."""
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        _add(subparsers, entry)


def _add(subparsers: Subparsers[Any], entry: EntryPoint) -> None:
    try:
        entry.load()(subparsers)
    except (ImportError, AttributeError) as error:
        missing = StationError(f"{entry.name} is not available here ({error}); install the whole station")
        parser = subparsers.add_parser(entry.name, help="not available in this installation")
        parser.set_defaults(run=partial(_raise, missing))


def of_other_rooms(group: str) -> dict[str, Any]:
    """Return what other rooms registered in a group, by name, loaded.

    Raises:
        StationError: one of them cannot be loaded.
    """
    return {entry.name: _loaded(entry) for entry in entry_points(group=group)}


def _loaded(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise StationError(f"{entry.name} is not available here ({error}); install the whole station") from error


def _raise(error: StationError, _: argparse.Namespace) -> NoReturn:
    raise error
