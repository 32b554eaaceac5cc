"""No worker outlives its station, not even one that hangs or is stopped: the kernel ends it."""

from __future__ import annotations

import ctypes
import signal
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def end_with_the_station() -> None:
    """Have the kernel kill this process as soon as the thread that started it is gone (prctl(2), Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
