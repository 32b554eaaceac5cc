"""Which files a program and all that it starts open for writing: told by the kernel itself, without root.

The program is started under a seccomp filter that stops it at each call that could open, rename or remove a file for
writing, and asks us (SECCOMP_RET_USER_NOTIF, Linux 5.0). We note what it wants, and let it go on. The sealed worker
inherits the filter; where its own seal refuses the call, the seal wins and nothing is opened.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import select
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from vision.syscalls import Machine, this_machine

PR_SET_NO_NEW_PRIVS: Final = 38
SECCOMP_SET_MODE_FILTER: Final = 1
FILTER_FLAG_NEW_LISTENER: Final = 8
RET_ALLOW: Final = 0x7FFF0000
RET_ASK: Final = 0x7FC00000
ASKED: Final = struct.Struct("=QIIiIQ6Q")
"""struct seccomp_notif: id, pid, flags, then number, architecture, instruction and arguments of the call."""
RECEIVE: Final = 0xC0502100
SEND: Final = 0xC0182101
ANSWER: Final = struct.Struct("=QqiI")
GO_ON: Final = 1
LOAD, JUMP_IF_EQUAL, JUMP_IF_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
FIRST_ARGUMENT_AT: Final = 16
WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | (os.O_TMPFILE & ~os.O_DIRECTORY)
FLAGS_ARGUMENT: Final = {"open": 1, "openat": 2}
ALWAYS: Final = ("creat", "openat2", "open_by_handle_at", "memfd_create", "io_uring_setup", "truncate")
REPLACES: Final = ("rename", "renameat", "renameat2", "unlink", "unlinkat")
"""Before these go on, what the file holds must have been read."""
PATH_ARGUMENT: Final = {"open": 0, "creat": 0, "rename": 0, "unlink": 0, "truncate": 0, "memfd_create": 0}
"""All others name a folder first."""
LONGEST_PATH: Final = 4096
AT_FDCWD: Final = -100


class WatchError(Exception):
    """This system does not let a program watch what its children open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call at which the program was stopped."""

    identity: int
    pid: int
    call: str
    path: str
    """Absolute; empty where the caller's memory may not be read, as a sealed worker's."""


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def machine_here() -> Machine:
    """Return the table of system calls.

    Raises:
        WatchError: there is none for this processor.
    """
    machine = this_machine()
    if machine is None:
        raise WatchError("no table of system calls for this processor")
    return machine


def filter_steps(machine: Machine) -> list[tuple[int, int, int, int]]:
    """Return the filter (code, jump if true, jump if false, operand): it asks about writing and allows the rest."""
    steps = [(LOAD, 0, 0, 0)]
    for name, argument in FLAGS_ARGUMENT.items():
        if name in machine.numbers:
            flags_at = FIRST_ARGUMENT_AT + 8 * argument
            steps += [(JUMP_IF_EQUAL, 0, 4, machine.numbers[name]), (LOAD, 0, 0, flags_at)]
            steps += [(JUMP_IF_BITS, 0, 1, WRITES), (RETURN, 0, 0, RET_ASK), (RETURN, 0, 0, RET_ALLOW)]
    for name in ALWAYS + REPLACES:
        if name in machine.numbers:
            steps += [(JUMP_IF_EQUAL, 0, 1, machine.numbers[name]), (RETURN, 0, 0, RET_ASK)]
    return [*steps, (RETURN, 0, 0, RET_ALLOW)]


def ask_about_writing() -> int:
    """Put this thread and all that it will start under the filter, and return the descriptor that answers it.

    Raises:
        WatchError: the kernel refuses it.
    """
    machine, libc = machine_here(), ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    steps = filter_steps(machine)
    program = _Program(len(steps), (_Instruction * len(steps))(*[_Instruction(*step) for step in steps]))
    number = machine.numbers["seccomp"]
    listener = libc.syscall(number, SECCOMP_SET_MODE_FILTER, FILTER_FLAG_NEW_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise WatchError(f"this kernel does not tell what a program opens ({os.strerror(ctypes.get_errno())})")
    return int(listener)


def next_asked(listener: int, *, within_s: float) -> Asked | None:
    """Return the next call that waits for an answer; None when none came or its caller is gone.

    Raises:
        EOFError: nobody is left who could ask.
    """
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    events = dict(poll.poll(within_s * 1000)).get(listener, 0)
    if not events & select.POLLIN:
        if events:
            raise EOFError
        return None
    buffer = bytearray(ASKED.size)
    try:
        fcntl.ioctl(listener, RECEIVE, buffer)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EINTR}:
            return None
        raise
    identity, pid, _, number, _, _, *arguments = ASKED.unpack(buffer)
    call = next(name for name, known in machine_here().numbers.items() if known == number)
    return Asked(identity=identity, pid=pid, call=call, path=_path(pid, call, arguments))


def go_on(listener: int, asked: Asked) -> None:
    """Let the caller do what it asked for; one that has died meanwhile needs no answer."""
    with suppress(OSError):
        fcntl.ioctl(listener, SEND, ANSWER.pack(asked.identity, 0, 0, GO_ON))


def _path(pid: int, call: str, arguments: list[int]) -> str:
    if call in {"io_uring_setup", "open_by_handle_at"}:
        return ""
    text = _text(pid, arguments[PATH_ARGUMENT.get(call, 1)])
    if not text or text.startswith("/") or call == "memfd_create":
        return text
    folder_fd = AT_FDCWD if call in PATH_ARGUMENT else ctypes.c_int(arguments[0] & 0xFFFFFFFF).value
    link = f"/proc/{pid}/cwd" if folder_fd == AT_FDCWD else f"/proc/{pid}/fd/{folder_fd}"
    with suppress(OSError):
        return f"{os.readlink(link)}/{text}"  # noqa: PTH115  # a Path would follow it
    return ""


def _text(pid: int, address: int) -> str:
    """Return the text at an address of a process; empty where its memory may not be read."""
    with suppress(OSError, OverflowError), open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:  # noqa: PTH123  # unbuffered
        memory.seek(address)
        return memory.read(LONGEST_PATH).split(b"\0")[0].decode(errors="replace")
    return ""


def open_for_writing(pid: int) -> Iterator[str]:
    """Yield paths under /proc that lead to each file that a process has open for writing, deleted ones too."""
    with suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208  # descriptors, no folder to walk
            with suppress(OSError, StopIteration), open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as info:  # noqa: PTH123  # of proc
                flags = next(int(line.split()[1], 8) for line in info if line.startswith("flags:"))
                if flags & (os.O_WRONLY | os.O_RDWR):
                    yield f"/proc/{pid}/fd/{fd}"
