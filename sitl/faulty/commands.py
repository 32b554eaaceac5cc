"""Failures on command: faults as JSON lines on a running simulator's standard input, for testers and test programs."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final

from flightlink.errors import FlightlinkError
from sitl.world.errors import WorldError
from sitl.world.fault_file import fault_from_json
from sitl.world.faults import MOST_FAULTS, FaultBoard

LONGEST_LINE_BYTES: Final = 4096


def take_line(line: str, board: FaultBoard, vehicles: Iterable[str], *, now_s: float) -> None:
    """Add the fault of one line to a board; an empty line says nothing.

    Raises:
        WorldError: one line about what is wrong with it.
    """
    if not line.strip():
        return
    fault = fault_from_json(line, vehicles, now_s=now_s)
    if not board.concerns(fault):
        raise WorldError(f"fault {line.strip()[:80]!r}: this is vehicle {board.vehicle}; tell the other one")
    if not board.add(fault):
        raise WorldError(f"fault {line.strip()[:80]!r}: there are {MOST_FAULTS} already; start anew")


async def take_lines(
    lines: AsyncIterator[str], board: FaultBoard, vehicles: Iterable[str], now_s: Callable[[], float], name: str
) -> None:
    """Take faults until the lines end; a bad one gets one line on standard error and harms nothing."""
    known = tuple(vehicles)
    async for line in lines:
        try:
            take_line(line, board, known, now_s=now_s())
        except FlightlinkError as error:
            sys.stderr.write(f"{name}: {error}\n")
            sys.stderr.flush()


async def stdin_lines() -> AsyncIterator[str]:
    """Yield the lines of standard input where it is a pipe or a terminal; nothing where it is a file or closed."""
    if not can_wait_for_stdin():
        return
    reader = asyncio.StreamReader(limit=LONGEST_LINE_BYTES)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while not reader.at_eof():
            try:
                line = await reader.readline()
            except ValueError:  # longer than the limit: asyncio has dropped it
                line = b"a line that is too long"
            yield line.decode(errors="replace")
    finally:
        transport.close()


def can_wait_for_stdin() -> bool:
    """Say whether anybody could send a line over standard input."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    in_background = os.isatty(sys.stdin.fileno()) and os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp()
    return (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(sys.stdin.fileno())) and not in_background
