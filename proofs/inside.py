"""A child of the proof of the seal: it seals itself as the worker does, or not, or is the worker, and tries the ways.

python -I -m proofs.inside bare|sealed|worker AROUND

It says what it found in one line on its stderr, `FOUND` and JSON; bare and sealed then end with SIGABRT.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from proofs.ways import Around, tried
from vision import seal

FOUND: Final = "FOUND "


def around_to_text(around: Around) -> str:
    """Return what stands around as an argument for the child."""
    return json.dumps(asdict(around))


def main() -> None:
    """Do what the arguments say."""
    who, told = sys.argv[1:]
    around = Around(**json.loads(told))
    {"bare": _bare, "sealed": _sealed, "worker": _worker}[who](around)


def _bare(around: Around) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        _say({}, around, opened)
    os.abort()


def _sealed(around: Around) -> None:
    """Seal as the worker does, with threads, a file and a socket open, and try from an older thread as well."""
    parts = seal.sealed_before_opening()
    parts |= seal.sealed_with_order([Path(around.folder)], calling=True)
    with (
        ThreadPoolExecutor(1) as older,
        (Path(around.folder) / "readable").open("rb"),
        socket.socket(type=socket.SOCK_DGRAM) as opened,
    ):
        older.submit(int).result()
        parts |= seal.sealed_after_opening()
        older.submit(_say, parts, around, opened).result()
        _say(parts, around, opened)
        sys.stderr.flush()
        os.abort()


def _worker(around: Around) -> None:
    """Become the real worker, and try at the instant when it has sealed itself; nothing of it is changed."""
    seals: Callable[[], dict[str, str]] = seal.sealed_after_opening

    def sealed_after_opening() -> dict[str, str]:
        opened = socket.socket(fileno=_open_socket())
        parts = seals()
        _say(parts, around, opened)
        opened.detach()
        return parts

    seal.sealed_after_opening = sealed_after_opening
    sys.argv[1:] = []
    runpy.run_module("vision.worker", run_name="__main__")


def _open_socket() -> int:
    """Return the number of the socket of the live source."""
    for entry in Path("/proc/self/fd").iterdir():
        number = int(entry.name)
        if number > 2 and _is_socket(number):
            return number
    raise OSError("the worker has no socket open")


def _is_socket(number: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def _say(parts: dict[str, str], around: Around, opened: socket.socket) -> None:
    found: dict[str, Any] = {"parts": parts, "ways": tried(around, opened=opened)}
    os.write(2, (FOUND + json.dumps(found) + "\n").encode())


if __name__ == "__main__":
    main()
