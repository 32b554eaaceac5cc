"""Where alignments are kept: one small file a camera, whole or not there at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flightlink.alignment import Alignment
from flightlink.alignment_file import alignment_toml, load_alignment
from groundstation.errors import BadInputError
from groundstation.files import sync_folder, write_durably

SUFFIX: Final = ".alignment.toml"


def write_alignment(path: Path, alignment: Alignment) -> None:
    """Write an alignment so that a loss of power leaves the old file or the new one, never half of either.

    Raises:
        BadInputError: the folder cannot be made or written.
    """
    write_durably(path, alignment_toml(alignment))


class AlignmentFile:
    """The alignment that the station keeps of one camera, `NAME.alignment.toml` in a folder.

    Args:
        folder: of what must outlive a restart of the station; made when there is something to keep.
        camera: its name.
    """

    def __init__(self, folder: Path, camera: str) -> None:
        self.path = folder / f"{camera}{SUFFIX}"

    def load(self) -> Alignment | None:
        """Return what is kept, None where nothing is.

        Raises:
            CameraFileError: the file is damaged.
        """
        return load_alignment(self.path) if self.path.exists() else None

    def store(self, alignment: Alignment) -> None:
        """Keep an alignment in place of the one before.

        Raises:
            BadInputError: it cannot be written.
        """
        write_alignment(self.path, alignment)

    def forget(self) -> None:
        """Remove what is kept, if anything is.

        Raises:
            BadInputError: it cannot be removed.
        """
        try:
            if self.path.exists():
                self.path.unlink()
                sync_folder(self.path.parent)
        except OSError as error:
            raise BadInputError(f"{self.path}: cannot be removed ({error.strerror}); remove it by hand") from error
