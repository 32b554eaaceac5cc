"""The bill of materials: what is installed beside the station, and what plugs itself in. Only metadata is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions, entry_points

from proofs.absent.allowed import Allowed

Plug = tuple[str, str, str]
"""Group, name and object of an entry point."""


def installed_distributions() -> set[str]:
    """Return the normalised names of all that is installed where the station runs from."""
    return {normalised(part.metadata["Name"] or "") for part in distributions()}


def plugged_in(groups: Iterable[str]) -> set[Plug]:
    """Return the entry points of some groups."""
    return {(group, plug.name, plug.value) for group in groups for plug in entry_points(group=group)}


def distribution_faults(names: Iterable[str], lists: Allowed) -> Iterator[str]:
    """Yield each installed distribution that must be absent."""
    for name in sorted(set(names) & lists.never_distributions.keys()):
        yield f"{name} is installed: it {lists.never_distributions[name]}"


def plug_faults(plugs: Iterable[Plug], lists: Allowed) -> Iterator[str]:
    """Yield each entry point that is not one of the station's own."""
    own = {(group, name, value) for group, table in lists.entry_points.items() for name, value in table.items()}
    for group, name, value in sorted(set(plugs) - own):
        yield f"{name} = {value} plugs itself into {group}"


def normalised(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
