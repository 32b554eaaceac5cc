"""Programs of ours in processes of their own: started, read line by line, weighed and ended."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from groundstation.benchmarks.timing import module_command
from groundstation.errors import StationError

READY_WITHIN_S: Final = 60.0
ENDS_WITHIN_S: Final = 10.0
LONGEST_LINE: Final = 64 * 1024 * 1024


@asynccontextmanager
async def child(module: str, *arguments: str | Path) -> AsyncIterator[Process]:
    """Run a module of ours while the block lasts; its errors go to ours."""
    command = module_command(module, *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, limit=LONGEST_LINE
    )
    try:
        yield process
    finally:
        await asyncio.shield(_ended(process))


@asynccontextmanager
async def station(module: str, *arguments: str | Path) -> AsyncIterator[tuple[Process, str]]:
    """Run a program that serves; yields its process and the address that it says.

    Raises:
        StationError: it does not serve.
    """
    async with child(module, *arguments) as process:
        yield process, await said_after(process, "serving")


async def said_after(process: Process, word: str) -> str:
    """Wait for a line that begins with a word and return the rest of it.

    Raises:
        StationError: the program ends, or never says it.
    """
    if process.stdout is None:
        raise RuntimeError("the child was started without this pipe")
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_WITHIN_S):
            async for line in process.stdout:
                first, _, rest = line.decode().strip().partition(" ")
                if first == word:
                    return rest
    raise StationError(f"bench: a program of ours never said {word!r}; its own last lines say why")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that the living threads of a process have spent, user and system.

    By the scheduler's own nanoseconds: the hundredths of `/proc/PID/stat` are a twentieth of what is measured here.

    Raises:
        StationError: there is no such process.
    """
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return sum(int(file.read_text(encoding="ascii").split()[0]) for file in files) / 1e9
    except (OSError, IndexError) as error:
        raise StationError(f"bench: process {pid} has ended") from error


async def last_line(process: Process) -> str:
    """Return the last line that a program says before it ends.

    Raises:
        StationError: it fails.
    """
    out, _ = await process.communicate()
    if process.returncode:
        raise StationError(f"bench: a program of ours ended with status {process.returncode}")
    return out.decode().strip().splitlines()[-1]


async def _ended(process: Process) -> None:
    for stop in (process.terminate, process.kill):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                await process.communicate()


def options(**values: float | Path | None) -> Sequence[str]:
    """Return options of a command, without those that are None."""
    return [text for name, value in values.items() if value is not None for text in (f"--{name}", str(value))]
