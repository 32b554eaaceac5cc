"""Whether a photo's file is whole, by its bytes alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_BEGIN: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_TAIL_BYTES: Final = 1 << 16


def is_cut_jpeg(path: Path) -> bool:
    """Say whether a file begins as a JPEG and its end marker is missing; makers append data after it.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(2) != _BEGIN:
            return False
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return _END not in file.read()
