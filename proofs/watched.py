"""Run a program and know the content of every file that it, or anything it starts, opened for writing."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proofs.opens import REPLACES, Asked, WatchError, go_on, next_asked, open_for_writing

ENDS_WITHIN_S: Final = 8.0
LOOKED_EVERY_S: Final = 0.05
CATCHING_S: Final = 0.05
"""How long to try to get hold of a file that was just opened."""
MOST_BYTES: Final = 64 * 1024 * 1024
NO_FILES: Final = ("/dev/null", "/dev/tty", "/dev/pts/", "/proc/", "/sys/")
"""What can be opened for writing and stores nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """One file that was opened for writing, renamed or removed."""

    path: str
    data: bytes | None = field(repr=False)
    """What was last seen in it, up to `MOST_BYTES`; None where nobody could look: on doubt a picture."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """What a running program opens for writing, while a thread of ours answers for it."""

    listener: int
    process: subprocess.Popen[bytes]
    calls: int = 0
    _held: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)
    """Descriptors of ours on each file, by device and inode: a file stays readable after its removal."""
    _unseen: dict[str, str] = field(default_factory=dict)
    """What nobody could look into yet, in words -> the path that was asked for."""
    _ends: threading.Event = field(default_factory=threading.Event)

    def answer(self) -> None:
        """Answer until nobody is left who asks; the body of the thread."""
        last_s = 0.0
        while not self._ends.is_set():
            try:
                asked = next_asked(self.listener, within_s=LOOKED_EVERY_S)
            except EOFError:
                return
            if asked is not None:
                self._taken(asked)
            if time.monotonic() - last_s > LOOKED_EVERY_S:
                last_s = time.monotonic()
                self.look()

    def end(self) -> None:
        """Stop answering."""
        self._ends.set()

    def look(self) -> None:
        """Get hold of every file that the program or a child of it has open for writing now."""
        for pid in tree_of(self.process.pid):
            for path in open_for_writing(pid):
                self._hold(path)

    def _taken(self, asked: Asked) -> None:
        self.calls += 1
        if asked.path.startswith(NO_FILES):
            go_on(self.listener, asked)
            return
        if asked.call in REPLACES:
            self._hold(asked.path)
            go_on(self.listener, asked)
            return
        before = len(self._held)
        go_on(self.listener, asked)
        until_s = time.monotonic() + CATCHING_S
        while len(self._held) == before and time.monotonic() < until_s:
            if self._hold(asked.path):
                return
            for path in open_for_writing(asked.pid):
                self._hold(path)
        if len(self._held) == before:
            self._unseen[f"{asked.call} {asked.path}".strip()] = asked.path

    def _hold(self, path: str) -> bool:
        """Open a regular file for ourselves, once; say whether we hold it."""
        with suppress(OSError, ValueError):
            name = os.readlink(path) if path.startswith("/proc/") else path  # noqa: PTH115  # a Path would follow it
            about = os.stat(path)  # noqa: PTH116  # of what a link under /proc leads to, deleted or not
            if not stat.S_ISREG(about.st_mode) or name.startswith(NO_FILES):
                return False
            key = (about.st_dev, about.st_ino)
            if key not in self._held:
                self._held[key] = (name, os.open(path, os.O_RDONLY))
            # a slow program opens it late; no other file can have taken the name meanwhile without being asked about
            self._unseen = {words: other for words, other in self._unseen.items() if other != name}
            return True
        return False

    def files(self) -> list[WrittenFile]:
        """Return every file with what is in it now; those that nobody could look into come last. Once, at the end."""
        self.end()
        seen = []
        for path, descriptor in self._held.values():
            with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor has no path
                seen.append(WrittenFile(path=path, data=file.read(MOST_BYTES)))
        self._held.clear()
        return seen + [WrittenFile(path=path, data=None) for path in sorted(self._unseen)]


def tree_of(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, as far as they live."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree_of(int(child))


@contextmanager
def watched(command: Sequence[str], *, folder: Path) -> Iterator[Watch]:
    """Run a program in a folder while the block lasts, and end it by its process id; its output is a pipe of ours.

    Raises:
        WatchError: this system does not let a program watch its children.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        start = [sys.executable, "-m", "proofs.watched_start", str(theirs.fileno()), *command]
        process = subprocess.Popen(
            start, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()], start_new_session=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        theirs.close()
        word, descriptors, _, _ = socket.recv_fds(ours, 1024, 1)
    if not descriptors:
        process.kill()
        process.communicate()
        raise WatchError(word.decode() or "the watched program did not start")
    watch = Watch(listener=descriptors[0], process=process)
    answers = threading.Thread(target=watch.answer, daemon=True)
    answers.start()
    try:
        yield watch
    finally:
        _ended(process)
        watch.end()
        answers.join()
        os.close(watch.listener)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
