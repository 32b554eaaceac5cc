"""The filter of system calls: a list of what is allowed, in BPF, set in every thread at once.

Two filters, one on top of the other. While loading, files may be opened for reading and, for a live source, sockets
made; once the source is open nothing may be opened or made at all. The kernel takes the stricter answer of the two.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vision.syscalls import ALLOWED, NEWEST, WHILE_CALLING, WHILE_LOADING, Machine

SET_MODE_FILTER: Final = 1
FLAG_TSYNC: Final = 1

LOAD: Final = 0x20
JUMP_IF_EQUAL: Final = 0x15
JUMP_IF_AT_LEAST: Final = 0x35
JUMP_IF_BITS: Final = 0x45
RETURN: Final = 0x06
NUMBER_AT, ARCH_AT, ARGUMENTS_AT = 0, 4, 16
X32_BIT: Final = 0x40000000

CLONE_THREAD: Final = 0x00010000
CLONE_OTHER_WORLDS: Final = 0x7E020080
"""Every flag that would make a namespace."""
PROT_EXEC: Final = 4
AT_EMPTY_PATH: Final = 0x1000
OPEN_TO_WRITE: Final = 0x3 | 0x40 | 0x200 | 0x400000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE."""
FCNTL_FLAGS: Final = (1, 2, 3, 4)
"""F_GETFD, F_SETFD, F_GETFL, F_SETFL."""
FCNTL_LOADING: Final = (*FCNTL_FLAGS, 0, 5, 6, 7, 36, 37, 38, 1030)
"""Copies of a descriptor and locks besides: the database of coordinate systems asks for them."""
IOCTL_LOADING: Final = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Whether it is a terminal and how wide, how much waits, not to block, to close at exec."""
PRCTL_ASKING: Final = (3, 16, 21, 23, 39)
"""Dumpable, name, seccomp, capability, no new privileges: asked, not set."""
PRCTL_LOADING: Final = (*PRCTL_ASKING, 15, 0x53564D41)
"""Names of threads and of anonymous memory."""


@dataclass(frozen=True, slots=True)
class Step:
    """One BPF instruction: code, jumps when true and false, operand."""

    code: int
    if_true: int
    if_false: int
    operand: int


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


_ALLOW: Final = Step(RETURN, 0, 0, 0x7FFF0000)
_REFUSE: Final = Step(RETURN, 0, 0, 0x00050000 | errno.EPERM)
_ABSENT: Final = Step(RETURN, 0, 0, 0x00050000 | errno.ENOSYS)
_KILL: Final = Step(RETURN, 0, 0, 0x80000000)


def _low(argument: int) -> Step:
    return Step(LOAD, 0, 0, ARGUMENTS_AT + 8 * argument)


def _without(argument: int, bits: int) -> list[Step]:
    return [_low(argument), Step(JUMP_IF_BITS, 0, 1, bits), _REFUSE]


def _with(argument: int, bit: int) -> list[Step]:
    return [_low(argument), Step(JUMP_IF_BITS, 1, 0, bit), _REFUSE]


def _zero(argument: int) -> list[Step]:
    high = Step(LOAD, 0, 0, ARGUMENTS_AT + 8 * argument + 4)
    return [_low(argument), Step(JUMP_IF_EQUAL, 0, 2, 0), high, Step(JUMP_IF_EQUAL, 1, 0, 0), _REFUSE]


def _one_of(argument: int, values: Sequence[int]) -> list[Step]:
    tests = [Step(JUMP_IF_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [_low(argument), *tests, _REFUSE]


def _checks(*, pid: int) -> dict[str, list[Step]]:
    """Return what is asked of arguments once the source is open."""
    return {
        "clone": _with(0, CLONE_THREAD) + _without(0, CLONE_OTHER_WORLDS),
        "mmap": _without(2, PROT_EXEC),
        "mprotect": _without(2, PROT_EXEC),
        # an open stream may answer its peer, but name no other address
        "sendto": _zero(4),
        # what is open, not what a path names; a path beside the flag tells at most that a file is there
        "newfstatat": _with(3, AT_EMPTY_PATH),
        "fcntl": _one_of(1, FCNTL_FLAGS),
        "prctl": _one_of(0, PRCTL_ASKING),
        # limits are asked, not set, and only one's own
        "prlimit64": _zero(0) + _zero(2),
        "tgkill": _one_of(0, (pid,)),
    }


def _loading_checks(*, pid: int, calling: bool) -> dict[str, list[Step]]:
    """Return what is asked of arguments before: libraries are loaded and files read."""
    return {
        **_checks(pid=pid),
        "mmap": [],
        "mprotect": [],
        "sendto": [] if calling else _zero(4),
        "newfstatat": [],
        "open": _without(1, OPEN_TO_WRITE),
        "openat": _without(2, OPEN_TO_WRITE),
        "fcntl": _one_of(1, FCNTL_LOADING),
        "ioctl": _one_of(1, IOCTL_LOADING),
        "prctl": _one_of(0, PRCTL_LOADING),
        "prlimit64": _zero(0),
    }


def closed_steps(machine: Machine, *, pid: int) -> list[Step]:
    """Return the filter for the rest of the process's life: every call that is not allowed fails with EPERM."""
    return _steps(machine, ALLOWED, _checks(pid=pid))


def loading_steps(machine: Machine, *, pid: int, calling: bool) -> list[Step]:
    """Return the filter until the source is open; `calling`: it is one that is reached over the network."""
    free = (*ALLOWED, *WHILE_LOADING, *(WHILE_CALLING if calling else ()))
    return _steps(machine, free, _loading_checks(pid=pid, calling=calling))


def refusing_steps(machine: Machine, refused: Iterable[str]) -> list[Step]:
    """Return a filter that refuses some calls and allows every other: for a program that is not ours."""
    steps = [
        Step(LOAD, 0, 0, ARCH_AT),
        Step(JUMP_IF_EQUAL, 1, 0, machine.audit_arch),
        _KILL,
        Step(LOAD, 0, 0, NUMBER_AT),
        Step(JUMP_IF_AT_LEAST, 0, 1, X32_BIT),
        _REFUSE,
    ]
    for name in refused:
        if name in machine.numbers:
            steps += [Step(JUMP_IF_EQUAL, 0, 1, machine.numbers[name]), _REFUSE]
    return [*steps, _ALLOW]


def _steps(machine: Machine, free: Iterable[str], checks: dict[str, list[Step]]) -> list[Step]:
    steps = [
        Step(LOAD, 0, 0, ARCH_AT),
        Step(JUMP_IF_EQUAL, 1, 0, machine.audit_arch),
        _KILL,
        Step(LOAD, 0, 0, NUMBER_AT),
        Step(JUMP_IF_AT_LEAST, 0, 1, X32_BIT),
        _REFUSE,
        # glibc falls back to clone when clone3 does not exist; only clone shows its flags to the filter
        Step(JUMP_IF_EQUAL, 0, 1, machine.numbers["clone3"]),
        _ABSENT,
    ]
    for name in free:
        if name in machine.numbers:
            steps += [Step(JUMP_IF_EQUAL, 0, 1, machine.numbers[name]), _ALLOW]
    for name, check in checks.items():
        if name in machine.numbers:
            steps += [Step(JUMP_IF_EQUAL, 0, len(check) + 1, machine.numbers[name]), *check, _ALLOW]
    # a library that tries what is newer than this list has a way without it, and takes it when told it does not exist
    return [*steps, Step(JUMP_IF_AT_LEAST, 0, 1, NEWEST + 1), _ABSENT, _REFUSE]


def set_in_all_threads(machine: Machine, steps: Sequence[Step]) -> str:
    """Set a filter for good, in every thread of the process; return why that failed, or nothing."""
    filters = (_Instruction * len(steps))(
        *[_Instruction(step.code, step.if_true, step.if_false, step.operand) for step in steps]
    )
    program = _Program(len(steps), filters)
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(machine.numbers["seccomp"], SET_MODE_FILTER, FLAG_TSYNC, ctypes.byref(program))
    if result == 0:
        return ""
    return f"thread {result} kept out of it" if result > 0 else os.strerror(ctypes.get_errno())
