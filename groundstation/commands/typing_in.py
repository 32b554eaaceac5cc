"""A password comes in: typed unseen at a terminal, or as one line of standard input; never from an argument."""

from __future__ import annotations

import getpass
import sys

from groundstation.errors import BadInputError


def typed_password(asks: str, *, again: str | None = None) -> str:
    """Return a password.

    Args:
        asks: what a terminal shows.
        again: what it shows the second time; None where once is enough.

    Raises:
        BadInputError: the two differ, or nothing came.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line.strip():
            raise BadInputError("no password on standard input; pipe one line, or run it at a terminal")
        return line.rstrip("\r\n")
    typed = getpass.getpass(asks)
    if again is not None and typed != getpass.getpass(again):
        raise BadInputError("the two passwords differ; try again")
    return typed
