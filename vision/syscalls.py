"""System call numbers of the machines that the seal knows (kernel tables; they never change)."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Final

DENIED: Final = (
    "open", "creat", "openat", "openat2", "open_by_handle_at", "memfd_create", "truncate",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "symlink", "symlinkat",
    "mkdir", "mkdirat", "mknod", "mknodat", "mount",
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendmsg", "sendmmsg",
    "execve", "execveat", "fork", "vfork",
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "perf_event_open", "bpf",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd",
    "add_key", "request_key", "keyctl", "shmget", "msgget", "mq_open",
)  # fmt: skip
"""Refused with EPERM once the source is open."""

_EVERYWHERE: Final = {
    "openat2": 437, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """One processor family."""

    audit_arch: int
    numbers: dict[str, int]


X86_64: Final = Machine(
    0xC000003E,
    _EVERYWHERE
    | {
        "open": 2, "creat": 85, "openat": 257, "open_by_handle_at": 304, "memfd_create": 319, "truncate": 76,
        "rename": 82, "renameat": 264, "renameat2": 316, "unlink": 87, "unlinkat": 263, "link": 86, "linkat": 265,
        "symlink": 88, "symlinkat": 266, "mkdir": 83, "mkdirat": 258, "mknod": 133, "mknodat": 259, "mount": 165,
        "socket": 41, "socketpair": 53, "connect": 42, "bind": 49, "listen": 50, "accept": 43, "accept4": 288,
        "sendto": 44, "sendmsg": 46, "sendmmsg": 307, "execve": 59, "execveat": 322, "fork": 57, "vfork": 58,
        "clone": 56, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "perf_event_open": 298,
        "bpf": 321, "userfaultfd": 323, "add_key": 248, "request_key": 249, "keyctl": 250, "shmget": 29,
        "msgget": 68, "mq_open": 240, "seccomp": 317,
    },
)  # fmt: skip

AARCH64: Final = Machine(
    0xC00000B7,
    _EVERYWHERE
    | {
        "openat": 56, "open_by_handle_at": 265, "memfd_create": 279, "truncate": 45, "renameat": 38,
        "renameat2": 276, "unlinkat": 35, "linkat": 37, "symlinkat": 36, "mkdirat": 34, "mknodat": 33, "mount": 40,
        "socket": 198, "socketpair": 199, "connect": 203, "bind": 200, "listen": 201, "accept": 202, "accept4": 242,
        "sendto": 206, "sendmsg": 211, "sendmmsg": 269, "execve": 221, "execveat": 281, "clone": 220, "ptrace": 117,
        "process_vm_readv": 270, "process_vm_writev": 271, "perf_event_open": 241, "bpf": 280, "userfaultfd": 282,
        "add_key": 217, "request_key": 218, "keyctl": 219, "shmget": 194, "msgget": 186, "mq_open": 180,
        "seccomp": 277,
    },
)  # fmt: skip

_MACHINES: Final = {"x86_64": X86_64, "aarch64": AARCH64}


def this_machine() -> Machine | None:
    """Return the table of the machine we run on; None for a family that has none."""
    return _MACHINES.get(platform.machine())
