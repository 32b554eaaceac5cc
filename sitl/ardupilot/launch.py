"""Starts real `arducopter` processes, one a vehicle, watches that they live, and ends them by their process id."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sitl.ardupilot.errors import AutopilotError, CannotStartError
from sitl.ardupilot.link import HOST

APART_S: Final = 5.0
"""Between two starts: of two started in the same second the first has been seen to end without a word."""
RC_PORT: Final = 5501
PORTS_APART: Final = 10
ENDS_WITHIN_S: Final = 5.0
MODEL: Final = "+"
_LINES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """One process."""

    name: str
    """Of the vehicle."""
    binary: Path
    instance: int
    """Number among all simulators of this machine; shifts its own port."""
    folder: Path
    """Its own: it stores its parameters and its log there."""
    system_id: int
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    yaw_deg: float
    defaults: str
    """Text of its parameter file."""
    pilot_port: int
    """Of loopback, where the pilot listens."""
    station: tuple[str, int]
    """Where the station listens for UDP: a numeric IPv4 address, for the simulator resolves no names."""

    @property
    def rc_port(self) -> int:
        """The UDP port that the process binds, for a transmitter that nobody has."""
        return RC_PORT + PORTS_APART * self.instance

    @property
    def defaults_file(self) -> Path:
        """Where its parameters are written."""
        return self.folder / "defaults.parm"


def command_line(plan: LaunchPlan) -> list[str]:
    """Return the command."""
    place = f"{plan.lat_deg:.7f},{plan.lon_deg:.7f},{plan.alt_amsl_m:.2f},{plan.yaw_deg:.1f}"
    return [
        *(str(plan.binary), "--model", MODEL, "--speedup", "1", "--instance", str(plan.instance)),
        *("--home", place, "--defaults", str(plan.defaults_file)),
        *("--serial0", f"udpclient:{HOST}:{plan.pilot_port}"),
        *("--serial1", f"udpclient:{plan.station[0]}:{plan.station[1]}"),
    ]


def refuse_busy_port(plan: LaunchPlan) -> None:
    """Refuse an instance whose port somebody has.

    Raises:
        CannotStartError: the port is in use; one line.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", plan.rc_port))  # noqa: S104  # where the simulator itself binds; closed at once
        except OSError as error:
            raise CannotStartError(
                f"vehicle {plan.name}: UDP port {plan.rc_port} is in use ({error.strerror}), probably by another "
                f"simulator; end it, or give --first-instance {plan.instance + 10}"
            ) from error


class Autopilot:
    """One running process and the last lines that it wrote."""

    def __init__(self, plan: LaunchPlan, process: Process) -> None:
        self.plan = plan
        self.process = process
        self._lines: deque[str] = deque(maxlen=_LINES)

    async def watch(self) -> None:
        """Keep the last lines, and complain when the process ends.

        Raises:
            AutopilotError: it ended, which it never should by itself; one line.
        """
        if self.process.stdout is not None:
            async for line in self.process.stdout:
                self._lines.append(line.decode(errors="replace").strip())
        status = await self.process.wait()
        raise AutopilotError(
            f"vehicle {self.plan.name}: {self.plan.binary} ended with status {status}{self.last_words}"
        )

    @property
    def last_words(self) -> str:
        """What it wrote last, or what to do when it wrote nothing."""
        said = " / ".join(line for line in self._lines if line)
        if said:
            return f"; it last wrote: {said}"
        return f" without a word; is another one starting? Start again, {APART_S:.0f} s after any other"


@asynccontextmanager
async def launched(plan: LaunchPlan) -> AsyncIterator[Autopilot]:
    """Run a process while the block lasts; end it by its process id.

    It has a session of its own: Ctrl-C reaches us alone, who then end it in order. Should we be killed, it notices.

    Raises:
        CannotStartError: the port is in use, or the file is no program for this machine.
    """
    refuse_busy_port(plan)
    plan.folder.mkdir(parents=True, exist_ok=True)
    plan.defaults_file.write_text(plan.defaults, encoding="utf-8")
    try:
        process = await asyncio.create_subprocess_exec(
            *command_line(plan),
            cwd=plan.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise CannotStartError(
            f"{plan.binary}: cannot be started ({error.strerror}); give a binary that was built for this machine"
        ) from error
    try:
        yield Autopilot(plan, process)
    finally:
        await asyncio.shield(_ended(process))


async def _ended(process: Process) -> None:
    """End the session that the process leads: a wrapper's own children too."""
    _signalled(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    except TimeoutError:
        _signalled(process, signal.SIGKILL)
        await process.wait()


def _signalled(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
