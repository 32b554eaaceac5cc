"""The folders that a station writes to are of an exercise or a real event, as the station is: claimed at the start."""

from __future__ import annotations

from groundstation.exercise import claim
from groundstation.logs import mark_lines
from groundstation.settings import Settings


def claim_folders(settings: Settings) -> None:
    """Claim the folders of a station before anything is read from them or written, and mark the lines of its log.

    Raises:
        BadInputError: one belongs to the other kind of event, is damaged, or cannot be marked.
    """
    is_exercise = settings.station.exercise
    mark_lines("EXERCISE " if is_exercise else "")
    claim(settings.station.state_dir, is_exercise=is_exercise, setting="[station] state_dir")
    if settings.record is not None:
        claim(settings.record.folder, is_exercise=is_exercise, setting="[record] folder")
