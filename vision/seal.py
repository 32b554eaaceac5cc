"""The seal: step by step the process gives up every way out but the pipe it was started with.

At its start, while it is one thread: core dumps, being read, privileges, writing any file, reaching other processes.
With its order: reading what is not needed, new programs and processes, and the network unless the source is reached by
it. With the source open: every file, every address, everything but what is open. Each step says of each part whether it
holds; what could not be set is named, never passed over.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from vision import landlock, limits
from vision.errors import SealError
from vision.seccomp import closed_steps, loading_steps, refusing_steps, set_in_all_threads
from vision.syscalls import this_machine

HOLDS: Final = "holds"
TOLD: Final = ("swap",)
"""Parts that are told but not required: memory that is swapped stays on the machine, and no program can forbid it."""
NO_LANDLOCK: Final = "Landlock is not available"
NO_TABLE: Final = "no list of system calls for this processor"

SYSTEM_FOLDERS: Final = (
    "/usr", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store", "/etc", "/sys", "/proc/self", "/proc/sys",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/filesystems", "/dev/null", "/dev/zero",
    "/dev/random", "/dev/urandom", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
)  # fmt: skip
"""Where libraries, their settings and the addresses of name servers lie; no home, no temporary or other data."""


SIGNALS: Final = "this kernel lets it signal other processes; Linux 6.12 or newer is needed"
NEVER_FOR_STRANGERS: Final = (
    "socket", "connect", "bind", "io_uring_setup", "io_uring_enter", "io_uring_register", "ptrace", "process_vm_readv",
    "process_vm_writev", "pidfd_getfd", "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
    "mount", "unshare", "setns", "open_by_handle_at",
)  # fmt: skip
"""What a program that is not ours may not ask for: any way to the network, into other processes, out of its folder."""


def locked_in(readable: Iterable[Path], writable: Path) -> str:
    """Lock this process in for a program that is not ours: no network, no other process, files of one folder only.

    Args:
        readable: what it may read, besides the system's and the interpreter's own folders.
        writable: the one folder in which it may do anything.

    Returns:
        Why that does not hold here; nothing when it does.
    """
    machine = this_machine()
    if machine is None:
        return NO_TABLE
    if not limits.without_new_rights():
        return "a program it starts could gain rights"
    folders = [*map(Path, SYSTEM_FOLDERS), *_interpreter_folders(), *readable]
    confined = _alone() or _tried(lambda: landlock.confined(folders, (writable, Path(os.devnull))), NO_LANDLOCK)
    if confined != HOLDS:
        return confined
    if landlock.version() < landlock.PROCESSES_SINCE:
        return SIGNALS
    return set_in_all_threads(machine, refusing_steps(machine, NEVER_FOR_STRANGERS))


def holds(parts: Mapping[str, str]) -> bool:
    """Say whether every part that is required holds."""
    return all(state == HOLDS for part, state in parts.items() if part not in TOLD)


def sealed_before_opening() -> dict[str, str]:
    """Give up what no source needs; to be called before any library starts a thread, which Landlock would not bind."""
    limits.memory_may_be_locked()
    return {
        "not_dumpable": HOLDS if limits.unreadable() else "the process stays readable by its user",
        "no_new_rights": HOLDS if limits.without_new_rights() else "a program it starts could gain rights",
        "no_privileges": HOLDS if limits.without_privileges() else "the privileges of an administrator stay",
        "limits": _tried(limits.limited, "limits stay as they were"),
        "landlock": _alone() or _tried(landlock.writing_refused, "Landlock is not available"),
    }


def sealed_with_order(readable: Iterable[Path], *, calling: bool) -> dict[str, str]:
    """Give up what this order does not need; data of a source is looked at for the first time after this.

    Args:
        readable: the source and the weights, besides the system's and the interpreter's own folders.
        calling: the source may be one that is reached over the network.
    """
    folders = [*map(Path, SYSTEM_FOLDERS), *_interpreter_folders(), *_with_entries(readable)]
    limited = _tried(lambda: landlock.reading_limited(folders, tcp=calling), "Landlock is not available")
    machine = this_machine()
    refused = machine and set_in_all_threads(machine, loading_steps(machine, pid=os.getpid(), calling=calling))
    return {
        "landlock_reading": limited,
        "seccomp_loading": NO_TABLE if refused is None else refused or HOLDS,
    }


def sealed_after_opening() -> dict[str, str]:
    """Give up the rest, in every thread, and try whether it is gone.

    Raises:
        SealError: a filter was set, but a way out is still open.
    """
    end = limits.open_files_end()  # while they can be listed
    parts = {
        "swap": limits.kept_out_of_swap() or HOLDS,
        "landlock_closed": _tried(landlock.everything_refused, "Landlock is not available"),
        "no_more_files": _tried(lambda: limits.limited_to_files(end), "more files may be opened than are open"),
    }
    machine = this_machine()
    if machine is None:
        return {**parts, "seccomp": NO_TABLE}
    if reason := set_in_all_threads(machine, closed_steps(machine, pid=os.getpid())):
        return {**parts, "seccomp": f"this kernel refused the filter ({reason})"}
    if still_open := ways_out_still_open():
        raise SealError(f"the seal does not hold: {', '.join(still_open)}; no picture leaves this worker")
    return {**parts, "seccomp": HOLDS}


def ways_out_still_open() -> list[str]:
    """Try the ways out and name those that are not refused."""
    attempts = (("files", _opens_a_file), ("sockets", _makes_a_socket), ("processes", _makes_a_process))
    return [name for name, attempt in attempts if not _is_refused(attempt)]


def _tried(step: Callable[[], None], otherwise: str) -> str:
    try:
        step()
    except (OSError, ValueError) as error:
        return f"{otherwise} ({error})"
    return HOLDS


def _alone() -> str:
    """Return why Landlock would not bind the whole process, or nothing."""
    try:
        threads = len(list(Path("/proc/self/task").iterdir()))
    except OSError as error:
        return f"the threads of the process cannot be counted ({error})"
    return "" if threads == 1 else f"{threads - 1} threads ran before Landlock and are not bound by it"


def _with_entries(readable: Iterable[Path]) -> Iterator[Path]:
    """Yield the paths and what lies in the folders among them: a weight may be a link to where it is kept."""
    for path in readable:
        yield path
        with suppress(OSError):  # not there, no folder, or not ours to see: whoever needs it says so
            yield from path.iterdir()


def _interpreter_folders() -> set[Path]:
    """Return where the interpreter, its packages and this program lie, and the libraries that are loaded."""
    own = {Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[1], *map(Path, filter(None, sys.path))}
    named = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    return own | {Path(folder) for folder in named if folder} | {file.parent for file in _mapped_libraries()}


def _mapped_libraries() -> set[Path]:
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()  # then only those below the usual folders can be loaded
    return {Path(line[line.index("/") :]) for line in lines if "/" in line and ".so" in line}


def _is_refused(attempt: Callable[[], None]) -> bool:
    """Say whether the kernel forbids it; any other failure, as for want of a number, would leave the way open."""
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _opens_a_file() -> None:
    os.close(os.open(os.devnull, os.O_RDONLY))


def _makes_a_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _makes_a_process() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
