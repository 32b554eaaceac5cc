"""Where the autopilot's binary is: the option, the world file, the environment, then the PATH."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flightlink.toml_fields import TableReader, table_from_file
from sitl.ardupilot.errors import CannotStartError
from sitl.world.errors import WorldError

NAME: Final = "arducopter"
VARIABLE: Final = "ARDUCOPTER"
_MEND: Final = f"build ArduPilot's SITL (its documentation tells how), then put {NAME} on the PATH or give --binary"


def find_binary(asked: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the absolute path of the binary that was asked for, is named in the environment or lies on the PATH.

    Raises:
        CannotStartError: there is none, or it cannot be run.
    """
    named = asked or (Path(environment[VARIABLE]) if environment.get(VARIABLE) else None)
    if named is None:
        found = shutil.which(NAME, path=environment.get("PATH", ""))
        if found is None:
            raise CannotStartError(f"no {NAME} on the PATH: {_MEND}")
        return Path(found).resolve()
    if not named.is_file():
        raise CannotStartError(f"{named}: there is no such file; {_MEND}")
    if not os.access(named, os.X_OK):
        raise CannotStartError(f"{named}: cannot be run; make it executable (chmod +x) or give another --binary")
    return named.resolve()


def binary_from_world_file(path: Path) -> Path | None:
    """Return the binary that a world file names in `[ardupilot]`, relative to the file; None where it names none.

    Raises:
        WorldError: the table holds something else.
    """
    reader = TableReader(where=str(path), table=table_from_file(path, WorldError), error=WorldError)
    table = reader.subtable("ardupilot")
    if table is None:
        return None
    return path.parent / table.text("binary", f'expected a path, for instance "/opt/ardupilot/{NAME}"')
