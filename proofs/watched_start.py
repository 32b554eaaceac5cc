"""Start a program under the filter of `proofs.opens`: the listener goes back over a socket, then the program begins.

python -m proofs.watched_start DESCRIPTOR COMMAND...
"""

from __future__ import annotations

import os
import socket
import sys

from proofs.opens import WatchError, ask_about_writing


def main() -> None:
    """Set the filter, hand its listener over, and become the program."""
    descriptor, *command = sys.argv[1:]
    with socket.socket(fileno=int(descriptor)) as back:
        try:
            listener = ask_about_writing()
        except WatchError as error:
            back.sendall(str(error).encode())
            sys.exit(1)
        socket.send_fds(back, [b"listener"], [listener])
    os.close(listener)
    os.execv(command[0], command)  # noqa: S606  # the program that we were told to start


if __name__ == "__main__":
    main()
