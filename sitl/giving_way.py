"""A simulated drone on the station's own machine gives way to it, because a real drone has a computer of its own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 5
"""A third of the processor time that the station's processes get, where both want it."""
AUTOGROUP: Final = Path("/proc/self/autogroup")
"""Where Linux shares time between sessions first, this is the session's niceness; a process's own then says nothing."""


def give_way(autogroup: Path = AUTOGROUP) -> None:
    """Let every other process go first from now on; on a busy machine fewer pictures are taken, none comes late."""
    os.nice(NICENESS)
    with suppress(OSError):  # no Linux, or one that shares no time between sessions
        autogroup.write_text(str(NICENESS), encoding="ascii")
