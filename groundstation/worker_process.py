"""One sealed worker as a child process: an order and poses go in on its stdin, messages come out of its stdout."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, TypeVar

from flightlink.pose import CameraPose
from groundstation.errors import WorkerLostError
from groundstation.logs import event
from vision.wire import (
    END_OF_POSES,
    HEADER,
    Done,
    Failed,
    Job,
    Message,
    Order,
    header_from_bytes,
    message_from_parts,
    order_line,
    pose_line,
)

WORKER_COMMAND: Final = (sys.executable, "-I", "-m", "vision.worker")
"""Isolated: neither the working folder nor the user's Python settings can change what the sealed process loads."""

_LOG: Final = logging.getLogger(__name__)
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "TMPDIR")
_UNSENT_LIMIT_BYTES: Final = 256 * 1024
_GRACE_S: Final = 2.0
_LONGEST_LINE: Final = 400
_MOST_LINES: Final = 200

_Pipe = TypeVar("_Pipe")


def minimal_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a worker may know of the station's environment."""
    kept = {name: environment[name] for name in _PASSED_ON if name in environment}
    return {**kept, "LANG": "C.UTF-8", "TZ": "UTC"}


class SealedProcess:
    """A running child of the sealed room; `async with` starts it with its first line and always ends it.

    Args:
        name: what it is called in logs and errors.
        first_line: what it is told once.
        recorded_poses: all poses of a recorded flight, sent at its pace and followed by their end; None sends no end.
        command: the program to start.
    """

    def __init__(
        self, *, name: str, first_line: bytes, recorded_poses: Sequence[CameraPose] | None, command: Sequence[str]
    ) -> None:
        self._name = name
        self._first_line = first_line
        self._recorded_poses = recorded_poses
        self._command = tuple(command)
        self._child: Process | None = None
        self._attendants: list[asyncio.Task[None]] = []
        self._has_finished = False
        self.poses_dropped = 0
        """Poses that a busy worker did not take: newest wins, and a late pose is worth nothing."""

    async def __aenter__(self) -> Self:
        environment = minimal_environment(os.environ)
        # a session of its own: Ctrl-C reaches the station alone, which then ends its workers in order
        self._child = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
        )
        event(_LOG, "worker_started", camera=self._name, pid=self._child.pid)
        _pipe(self._child.stdin).write(self._first_line)
        self._attendants.append(asyncio.create_task(self._forward_stderr()))
        if self._recorded_poses is not None:
            self._attendants.append(asyncio.create_task(self._send_all(self._recorded_poses)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    def send_pose(self, pose: CameraPose) -> None:
        """Write one pose, or drop it while the worker has not read the last ones."""
        stdin = _pipe(self._running.stdin)
        if stdin.is_closing() or stdin.transport.get_write_buffer_size() > _UNSENT_LIMIT_BYTES:
            self.poses_dropped += 1
            return
        stdin.write(pose_line(pose))

    def stop(self) -> None:
        """Ask the child to end; `messages` then tells that it has."""
        with suppress(ProcessLookupError):
            self._running.terminate()

    async def _send_all(self, poses: Sequence[CameraPose]) -> None:
        stdin = _pipe(self._running.stdin)
        # a worker that has died is reported by `messages`, which knows why
        with suppress(ConnectionError):
            for pose in poses:
                stdin.write(pose_line(pose))
                await stdin.drain()
            stdin.write(END_OF_POSES)
            await stdin.drain()

    async def messages(self, *, first_within_s: float, silence_s: float) -> AsyncIterator[Message]:
        """Yield each message up to and with `Done` or `Failed`.

        Args:
            first_within_s: longest wait for the first message; a worker loads its detectors and opens its source.
            silence_s: longest wait for each further one; a worker speaks about once a second.

        Raises:
            WireError: the worker broke the schema.
            WorkerLostError: its output ended before its work was done, or it fell silent.
        """
        limit_s = first_within_s
        while True:
            try:
                # not wait_for: before Python 3.12 it may swallow a cancellation
                async with asyncio.timeout(limit_s):
                    message = await self._message()
            except TimeoutError as error:
                raise WorkerLostError(f"camera {self._name}: its worker was silent for {limit_s:g} s") from error
            self._has_finished = isinstance(message, Done | Failed)
            yield message
            if self._has_finished:
                return
            limit_s = silence_s

    async def _message(self) -> Message:
        stdout = _pipe(self._running.stdout)
        try:
            kind, text_bytes, data_bytes = header_from_bytes(await stdout.readexactly(HEADER.size))
            text = await stdout.readexactly(text_bytes)
            return message_from_parts(kind, text, await stdout.readexactly(data_bytes))
        except asyncio.IncompleteReadError as error:
            raise WorkerLostError(await self._epitaph()) from error

    async def _epitaph(self) -> str:
        await self._ended_within(_GRACE_S)
        how = f"ended with status {self._running.returncode}"
        return f"camera {self._name}: its sealed worker {how} before its work was done; see the log above"

    @property
    def _running(self) -> Process:
        if self._child is None:
            raise RuntimeError("a worker runs inside its `async with` only")
        return self._child

    async def _end(self) -> None:
        child = self._running
        with suppress(ConnectionError):
            _pipe(child.stdin).close()
        try:
            if self._has_finished:
                await self._ended_within(_GRACE_S)
            await self._stop(child.terminate)
        finally:
            # also when the station is cancelled while it waits: no worker outlives its owner
            await self._stop(child.kill)
            for attendant in self._attendants:
                attendant.cancel()
            await asyncio.wait(self._attendants)
        event(_LOG, "worker_ended", camera=self._name, status=child.returncode)

    async def _stop(self, stop: Callable[[], None]) -> None:
        """Ask or force the child to end, and wait a little."""
        if self._running.returncode is not None:
            return
        with suppress(ProcessLookupError):
            stop()
        await self._ended_within(_GRACE_S)

    async def _ended_within(self, limit_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._running.wait()

    async def _forward_stderr(self) -> None:
        """Log what the worker says beside the wire, with its name before it; lines and their number are bounded."""
        stderr = _pipe(self._running.stderr)
        told, rest = 0, b""
        while chunk := await stderr.read(4096):
            *lines, rest = (rest[-_LONGEST_LINE:] + chunk).split(b"\n")
            for line in lines[: max(0, _MOST_LINES - told)]:
                event(_LOG, "worker_says", camera=self._name, line=line[:_LONGEST_LINE].decode(errors="replace"))
            told += len(lines)


class WorkerProcess(SealedProcess):
    """A running worker of one camera.

    Args:
        order: what the worker is told once.
        recorded_poses: for `Job.FILE`: all poses of the flight.
        command: the program to start.
    """

    def __init__(
        self, order: Order, *, recorded_poses: Sequence[CameraPose] = (), command: Sequence[str] = WORKER_COMMAND
    ) -> None:
        poses = recorded_poses if order.job is Job.FILE else None
        super().__init__(name=order.source, first_line=order_line(order), recorded_poses=poses, command=command)


def _pipe(pipe: _Pipe | None) -> _Pipe:
    if pipe is None:
        raise RuntimeError("the worker was started without this pipe")
    return pipe
