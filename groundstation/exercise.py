"""Which folders of state belong to an exercise: its logs and a real event's are never mixed.

A folder is marked before anything of an exercise is written into it; one that holds anything and no mark is a real
event's, so folders of before exercises were known stay what they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from groundstation.errors import BadInputError
from groundstation.files import write_durably

MARK_FILE: Final = "exercise.json"
_MARK: Final = {"exercise": True}


def is_exercise_folder(folder: Path) -> bool:
    """Say whether a folder is marked as an exercise's.

    Raises:
        BadInputError: its mark is damaged.
    """
    mark = folder / MARK_FILE
    try:
        document = json.loads(mark.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{mark}: is damaged ({error}); put back a copy, or take another folder") from error
    if document != _MARK:
        raise BadInputError(f"{mark}: is damaged (no mark of an exercise); put back a copy, or take another folder")
    return True


def claim(folder: Path, *, is_exercise: bool, setting: str) -> None:
    """Make sure that a folder is of this kind of event, and mark a new one of an exercise.

    Args:
        folder: where something is kept that outlives a restart.
        is_exercise: whether the station is on an exercise.
        setting: which names the folder.

    Raises:
        BadInputError: it is of the other kind, its mark is damaged, or it cannot be marked.
    """
    marked = is_exercise_folder(folder)
    if marked and not is_exercise:
        raise BadInputError(
            f"{folder}: was begun as an exercise, and [station] exercise is not true; "
            f"give the real event a folder of its own ({setting})"
        )
    if is_exercise and not marked:
        _mark(folder, setting)


def _mark(folder: Path, setting: str) -> None:
    try:
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise BadInputError(f"{folder}: cannot be read ({error.strerror}); mend its rights") from error
    if there:
        raise BadInputError(
            f"{folder}: holds what a real event left ({there[0]}); give the exercise a folder of its own ({setting})"
        )
    write_durably(folder / MARK_FILE, json.dumps(_MARK) + "\n")
