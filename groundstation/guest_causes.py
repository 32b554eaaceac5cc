"""What can be wrong with a detector of the user's own, in sentences; they stand beside the gate's own causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GUEST_SAYS: Final[dict[str, str]] = {
    "guest_detector_missing": "Your own detector's file is not there: the station's own look alone; add it again.",
    "guest_detector_changed": "Your own detector's file is another than was added, so it is not used; add it again.",
    "guest_detector_failed": "Your own detector answers with faults, so it adds no mask; mend it or take it out.",
    "guest_detector_broke": "Your own detector broke off, so it is not used any more; mend it or take it out.",
    "guest_detector_finds_everything": "Your own detector masks nearly everything; raise its score, or take it out.",
    "guest_detector_finds_nothing": "Your own detector finds nobody where there are people; train it, or take it out.",
    "guest_detector_late": "Your own detector is too slow for this machine: its masks come late; use a smaller one.",
}
"""Of each cause one sentence, as in `groundstation.health`."""


def guests_say(causes: Mapping[str, str]) -> str | None:
    """Return what is wrong with the user's own detectors, each with its name; None where all work, or none is used."""
    faults = [f"{name}: {GUEST_SAYS[cause]}" for name, cause in sorted(causes.items()) if cause in GUEST_SAYS]
    return " ".join(faults) or None
