"""The worker's one way out: messages of the wire schema, written whole to the pipe it was started with."""

from __future__ import annotations

import os
import threading
from typing import Final

from vision.wire import Message, packed

STDOUT: Final = 1


class Outlet:
    """Writes messages to a file descriptor; a reader that is slow holds the writer back."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._turn = threading.Lock()

    def send(self, message: Message) -> None:
        """Write one message whole.

        Raises:
            BrokenPipeError: the station is gone.
        """
        rest = memoryview(packed(message))
        with self._turn:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


def outlet_on_stdout() -> Outlet:
    """Take standard output for messages alone: whatever a library prints goes to standard error instead."""
    descriptor = os.dup(STDOUT)
    os.dup2(2, STDOUT)
    return Outlet(descriptor)
