"""The seal: after its source is open, the worker gives up every way out but the pipe it was started with.

No file is opened, no socket made, no program started, no other process read, no core written. Each part is tried after
it was set; what could not be set is named, never passed over. 'The sealed room' (a later issue) proves each way out.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import socket
from dataclasses import dataclass
from typing import Final

from vision.errors import SealError
from vision.syscalls import DENIED, Machine, this_machine

PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38
SECCOMP_SET_MODE_FILTER: Final = 1
SECCOMP_FILTER_FLAG_TSYNC: Final = 1
RET_ALLOW: Final = 0x7FFF0000
RET_ERRNO: Final = 0x00050000
RET_KILL_PROCESS: Final = 0x80000000
CLONE_THREAD: Final = 0x00010000

LOAD: Final = 0x20
JUMP_IF_EQUAL: Final = 0x15
JUMP_IF_AT_LEAST: Final = 0x35
JUMP_IF_BITS: Final = 0x45
RETURN: Final = 0x06
NUMBER_AT, ARCH_AT, FIRST_ARGUMENT_AT, FIFTH_ARGUMENT_AT = 0, 4, 16, 48
X32_BIT: Final = 0x40000000

LANDLOCK_CREATE_RULESET: Final = 444
LANDLOCK_RESTRICT_SELF: Final = 446
LANDLOCK_WRITES: Final = 0b1_1111_1111_0010
"""Write, remove, make and refer rights of Landlock's first ABI; no rule grants any, so all are refused."""

HOLDS: Final = "holds"


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


@dataclass(frozen=True, slots=True)
class Step:
    """One BPF instruction: code, jumps when true and false, operand."""

    code: int
    if_true: int
    if_false: int
    operand: int


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def seccomp_steps(machine: Machine) -> list[Step]:
    """Return the filter: every system call of `DENIED` fails with EPERM, new processes too, threads do not."""
    refuse = Step(RETURN, 0, 0, RET_ERRNO | errno.EPERM)
    steps = [
        Step(LOAD, 0, 0, ARCH_AT),
        Step(JUMP_IF_EQUAL, 1, 0, machine.audit_arch),
        Step(RETURN, 0, 0, RET_KILL_PROCESS),
        Step(LOAD, 0, 0, NUMBER_AT),
        Step(JUMP_IF_AT_LEAST, 0, 1, X32_BIT),
        refuse,
    ]
    for name in DENIED:
        if name in machine.numbers:
            steps += [Step(JUMP_IF_EQUAL, 0, 1, machine.numbers[name]), refuse]
    steps += [
        # glibc falls back to clone when clone3 does not exist; only clone shows its flags to the filter
        Step(JUMP_IF_EQUAL, 0, 1, machine.numbers["clone3"]),
        Step(RETURN, 0, 0, RET_ERRNO | errno.ENOSYS),
        Step(JUMP_IF_EQUAL, 0, 3, machine.numbers["clone"]),
        Step(LOAD, 0, 0, FIRST_ARGUMENT_AT),
        Step(JUMP_IF_BITS, 6, 0, CLONE_THREAD),
        refuse,
        # an open stream may answer its peer, but name no other address
        Step(JUMP_IF_EQUAL, 0, 4, machine.numbers["sendto"]),
        Step(LOAD, 0, 0, FIFTH_ARGUMENT_AT),
        Step(JUMP_IF_AT_LEAST, 3, 0, 1),
        Step(LOAD, 0, 0, FIFTH_ARGUMENT_AT + 4),
        Step(JUMP_IF_AT_LEAST, 1, 0, 1),
        Step(RETURN, 0, 0, RET_ALLOW),
        refuse,
    ]
    return steps


def sealed_before_opening() -> dict[str, str]:
    """Give up what no source needs: core dumps, being read by others, new rights, writing any file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = _libc()
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return {
        "no_core": HOLDS if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 else "core dumps stay possible",
        "not_dumpable": HOLDS if libc.prctl(3, 0, 0, 0, 0) == 0 else "the process stays readable by its user",
        "landlock": _landlocked(libc),
    }


def _landlocked(libc: ctypes.CDLL) -> str:
    rules = _Ruleset(LANDLOCK_WRITES)
    handle = libc.syscall(LANDLOCK_CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    if handle < 0:
        return f"this kernel has no Landlock ({os.strerror(ctypes.get_errno())})"
    try:
        if libc.syscall(LANDLOCK_RESTRICT_SELF, handle, 0) != 0:
            return f"Landlock refused ({os.strerror(ctypes.get_errno())})"
    finally:
        os.close(handle)
    return HOLDS


def sealed_after_opening() -> dict[str, str]:
    """Close the last ways out with seccomp, in every thread, and try them.

    Raises:
        SealError: a filter was set, but a way out is still open.
    """
    machine = this_machine()
    if machine is None:
        return {"seccomp": "no table of system calls for this processor"}
    steps = seccomp_steps(machine)
    filters = (_Instruction * len(steps))(
        *[_Instruction(step.code, step.if_true, step.if_false, step.operand) for step in steps]
    )
    program = _Program(len(steps), filters)
    result = _libc().syscall(
        machine.numbers["seccomp"], SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, ctypes.byref(program)
    )
    if result != 0:
        return {"seccomp": f"this kernel refused the filter ({os.strerror(ctypes.get_errno())})"}
    still_open = ways_out_still_open()
    if still_open:
        raise SealError(f"the seal does not hold: {', '.join(still_open)}; no picture leaves this worker")
    return {"seccomp": HOLDS}


def ways_out_still_open() -> list[str]:
    """Try the ways out and name those that are not refused."""
    return [name for name, attempt in (("files", _opens_a_file), ("sockets", _makes_a_socket)) if attempt()]


def _opens_a_file() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except PermissionError:
        return False
    return True


def _makes_a_socket() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except PermissionError:
        return False
    return True
