"""Keeps one sealed worker on each live camera: a lost stream or a dead worker means a new worker, never a wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flightlink.pose import CameraPose
from groundstation.errors import SourceFailedError, WorkerLostError
from groundstation.logs import event
from groundstation.worker_process import WORKER_COMMAND, WorkerProcess
from vision.wire import Done, Failed, Message, Opened, Order, WireError

FIRST_BACK_OFF_S: Final = 0.5
LONGEST_BACK_OFF_S: Final = 8.0
PROVEN_AFTER_S: Final = 10.0
"""A worker that ran so long with an open source was no failed try: the back-off begins anew."""
FIRST_WITHIN_S: Final = 40.0
SILENCE_S: Final = 5.0

_HOPELESS: Final = ("models", "seal")
"""Causes that a new worker would only meet again: somebody must mend the installation."""
_LOG: Final = logging.getLogger(__name__)


class WorkerState(StrEnum):
    """What a camera's worker is at."""

    STARTING = "starting"
    """Loads its detectors and opens its source."""
    RUNNING = "running"
    """The source is open and the worker sealed."""
    WAITING = "waiting"
    """The last worker ended; the next one starts after the back-off."""
    STOPPED = "stopped"
    """Will not be tried again: the installation must be mended."""
    SEEKING = "seeking"
    """Nobody has said yet where its video is, or nobody who may be believed."""
    ENDED = "ended"
    """The recording of a replay is at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A worker's state has changed."""

    state: WorkerState
    why: str
    """Empty unless the state is waiting or stopped."""


def back_off_s(failures: int) -> float:
    """Return how long to wait after so many failures in a row (1 or more): 0.5, 1, 2, 4, then 8 s."""
    return float(min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** min(failures - 1, 10)))


class CameraWatch:
    """One live camera and whichever worker looks after it now.

    Args:
        order: what each worker is told.
        take: gets each message of the worker.
        changed: gets each change of state; pictures of before a change are void.
        command: the program of the worker.
    """

    def __init__(
        self,
        order: Order,
        *,
        take: Callable[[Message], None],
        changed: Callable[[Change], None],
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self._order = order
        self._take = take
        self._changed = changed
        self._command = command
        self._worker: WorkerProcess | None = None
        self._known = asyncio.Event()

    def send_pose(self, pose: CameraPose) -> None:
        """Hand a pose to the running worker; without one it is worth nothing."""
        if self._worker is not None:
            self._worker.send_pose(pose)

    def renew(self, order: Order, *, at_once: bool = True) -> None:
        """Tell all workers from now on another order; `at_once` ends one that runs, and its successor is told."""
        self._order = order
        self._known.set()
        if self._worker is not None and at_once:
            self._worker.stop()

    async def watch(self) -> None:
        """Keep a worker running until cancelled, until trying again is hopeless, or until its recording has ended."""
        failures = 0
        while True:
            await self._address_known()
            started_s = asyncio.get_running_loop().time()
            failure = await self._one_worker()
            if failure is None:
                self._tell(Change(state=WorkerState.ENDED, why=""))
                return
            if asyncio.get_running_loop().time() - started_s >= PROVEN_AFTER_S:
                failures = 0
            failures += 1
            if isinstance(failure, SourceFailedError) and failure.cause in _HOPELESS:
                self._tell(Change(state=WorkerState.STOPPED, why=str(failure)))
                return
            self._tell(Change(state=WorkerState.WAITING, why=str(failure)))
            await asyncio.sleep(back_off_s(failures))

    async def _address_known(self) -> None:
        """Wait until the order says where the video is."""
        if not self._order.video:
            self._tell(Change(state=WorkerState.SEEKING, why=""))
            self._known.clear()
            await self._known.wait()

    async def _one_worker(self) -> Exception | None:
        """Run one worker to its end and return why it ended, None where a recording did."""
        self._tell(Change(state=WorkerState.STARTING, why=""))
        try:
            async with WorkerProcess(self._order, command=self._command) as self._worker:
                await self._take_all(self._worker)
        except (WorkerLostError, SourceFailedError, WireError) as error:
            return error
        finally:
            self._worker = None
        is_recording = self._order.replay is not None
        return None if is_recording else WorkerLostError(f"camera {self._order.source}: its video has ended")

    async def _take_all(self, worker: WorkerProcess) -> None:
        async for message in worker.messages(first_within_s=FIRST_WITHIN_S, silence_s=SILENCE_S):
            match message:
                case Failed():
                    raise SourceFailedError(cause=message.cause, detail=message.detail)
                case Done():
                    return
                case Opened():
                    self._tell(Change(state=WorkerState.RUNNING, why=""))
            self._take(message)

    def _tell(self, change: Change) -> None:
        event(_LOG, f"worker_{change.state}", camera=self._order.source, why=change.why or "-")
        self._changed(change)
