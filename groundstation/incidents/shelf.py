"""The documents that the station publishes, as the incident log reads them, and where the log itself is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundstation.incidents.watch import Told

Read = Callable[[str], dict[str, Any] | None]
"""The newest document of a topic, None before the first."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Reads documents by the name of their topic, and puts the log beside them."""

    read: Read
    put: Callable[[dict[str, Any]], None]

    def told(self) -> Told:
        """Return what the log is made of."""
        return Told(
            health=self.read("health"), vehicles=self.read("vehicles"), zones=self.read("zones"),
            alerts=self.read("alerts"),
        )  # fmt: skip

    def density(self) -> dict[str, Any] | None:
        """Return the operator map as it was published."""
        return self.read("density")

    def alerts(self) -> Sequence[Mapping[str, Any]]:
        """Return the alerts that hold."""
        alerts: Sequence[Mapping[str, Any]] = (self.read("alerts") or {}).get("alerts", ())
        return alerts

    def zone_names(self) -> dict[str, str]:
        """Return the names of all zones by their ids."""
        features = (self.read("zones") or {}).get("features", ())
        return {feature["properties"]["id"]: feature["properties"]["name"] for feature in features}
