"""What the sealed process may still ask of the kernel, and the numbers of it on the machines that the seal knows.

A list of what is allowed: whatever is not in it fails. The numbers are the kernel's, which never change.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Final

ALLOWED: Final = (
    "futex", "read", "write", "recvfrom", "recvmsg", "poll", "ppoll", "select", "pselect6", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "epoll_ctl", "readv", "pread64", "preadv", "preadv2", "writev", "lseek", "fstat",
    "close", "shutdown", "getsockopt", "getsockname", "getpeername", "brk", "munmap", "mremap", "madvise", "mbind",
    "membarrier", "map_shadow_stack", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue", "set_robust_list",
    "get_robust_list", "set_tid_address", "rseq", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "times", "getrusage", "sysinfo", "uname", "getpid", "gettid", "getppid", "getuid",
    "geteuid", "getgid", "getegid", "getcpu", "getrandom", "sched_yield", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "pause", "exit",
    "exit_group",
)  # fmt: skip
"""Waits, clocks, memory and what is open already: nothing that opens, makes or names a thing, or reaches a process."""

WHILE_LOADING: Final = (
    "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents",
    "getdents64", "getcwd", "statfs", "fstatfs", "dup", "dup2", "dup3", "pipe2", "eventfd2", "epoll_create1",
    "arch_prctl", "get_mempolicy", "set_mempolicy", "mlock", "mlock2", "mlockall", "capget",
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp",
)  # fmt: skip
"""Besides, until the source is open: what looks around, and what sets the rest of the seal."""

WHILE_CALLING: Final = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "setsockopt", "sendmsg", "sendmmsg",
)  # fmt: skip
"""Besides, until a live source is open: what finds and reaches it."""

NEWEST: Final = 456
"""Highest number that was looked at for these lists; a later call does not exist for the sealed process."""

_EVERYWHERE: Final = {
    "epoll_pwait2": 441, "map_shadow_stack": 453, "futex_waitv": 449, "futex_wake": 454, "futex_wait": 455,
    "futex_requeue": 456, "faccessat2": 439, "landlock_create_ruleset": 444, "landlock_add_rule": 445,
    "landlock_restrict_self": 446, "clone3": 435, "openat2": 437, "pidfd_open": 434, "pidfd_getfd": 438,
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """One processor family."""

    audit_arch: int
    numbers: dict[str, int]
    """Of every call named above, those whose arguments `vision.seccomp` looks at, and those that the proofs try."""


X86_64: Final = Machine(
    0xC000003E,
    _EVERYWHERE
    | {
        "futex": 202, "read": 0, "write": 1, "recvfrom": 45, "recvmsg": 47, "poll": 7, "ppoll": 271, "select": 23,
        "pselect6": 270, "epoll_wait": 232, "epoll_pwait": 281, "epoll_ctl": 233, "readv": 19, "pread64": 17,
        "preadv": 295, "preadv2": 327, "writev": 20, "lseek": 8, "fstat": 5, "close": 3, "shutdown": 48,
        "getsockopt": 55, "getsockname": 51, "getpeername": 52, "brk": 12, "munmap": 11, "mremap": 25, "madvise": 28,
        "mbind": 237, "membarrier": 324, "set_robust_list": 273, "get_robust_list": 274, "set_tid_address": 218,
        "rseq": 334, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "nanosleep": 35,
        "gettimeofday": 96, "time": 201, "times": 100, "getrusage": 98, "sysinfo": 99, "uname": 63, "getpid": 39,
        "gettid": 186, "getppid": 110, "getuid": 102, "geteuid": 107, "getgid": 104, "getegid": 108, "getcpu": 309,
        "getrandom": 318, "sched_yield": 24, "sched_getaffinity": 204, "sched_getparam": 143, "sched_getscheduler": 145,
        "sched_get_priority_max": 146, "sched_get_priority_min": 147, "rt_sigaction": 13, "rt_sigprocmask": 14,
        "rt_sigreturn": 15, "rt_sigpending": 127, "rt_sigtimedwait": 128, "sigaltstack": 131, "restart_syscall": 219,
        "pause": 34, "exit": 60, "exit_group": 231, "stat": 4, "lstat": 6, "statx": 332, "access": 21, "faccessat": 269,
        "readlink": 89, "readlinkat": 267, "getdents": 78, "getdents64": 217, "getcwd": 79, "statfs": 137,
        "fstatfs": 138, "dup": 32, "dup2": 33, "dup3": 292, "pipe2": 293, "eventfd2": 290, "epoll_create1": 291,
        "arch_prctl": 158, "get_mempolicy": 239, "set_mempolicy": 238, "mlock": 149, "mlock2": 325, "mlockall": 151,
        "capget": 125, "seccomp": 317, "socket": 41, "socketpair": 53, "connect": 42, "bind": 49, "listen": 50,
        "accept": 43, "accept4": 288, "setsockopt": 54, "sendmsg": 46, "sendmmsg": 307, "clone": 56, "mmap": 9,
        "mprotect": 10, "sendto": 44, "newfstatat": 262, "fcntl": 72, "ioctl": 16, "open": 2, "openat": 257,
        "prctl": 157, "prlimit64": 302, "tgkill": 234, "creat": 85, "open_by_handle_at": 304, "memfd_create": 319,
        "memfd_secret": 447, "truncate": 76, "ftruncate": 77, "fallocate": 285, "chmod": 90, "fchmod": 91,
        "fchmodat": 268, "chown": 92, "fchown": 93, "fchownat": 260, "utimensat": 280, "setxattr": 188,
        "fsetxattr": 190, "rename": 82, "renameat": 264, "renameat2": 316, "unlink": 87, "unlinkat": 263, "link": 86,
        "linkat": 265, "symlink": 88, "symlinkat": 266, "mkdir": 83, "mkdirat": 258, "rmdir": 84, "mknod": 133,
        "mknodat": 259, "mount": 165, "sendfile": 40, "splice": 275, "vmsplice": 278, "copy_file_range": 326,
        "execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "kill": 62, "ptrace": 101, "process_vm_readv": 310,
        "process_vm_writev": 311, "perf_event_open": 298, "bpf": 321, "userfaultfd": 323, "add_key": 248,
        "request_key": 249, "keyctl": 250, "shmget": 29, "shmat": 30, "msgget": 68, "mq_open": 240, "semget": 64,
        "unshare": 272, "setns": 308,
    },
)  # fmt: skip

AARCH64: Final = Machine(
    0xC00000B7,
    _EVERYWHERE
    | {
        "futex": 98, "read": 63, "write": 64, "recvfrom": 207, "recvmsg": 212, "ppoll": 73, "pselect6": 72,
        "epoll_pwait": 22, "epoll_ctl": 21, "readv": 65, "pread64": 67, "preadv": 69, "preadv2": 286, "writev": 66,
        "lseek": 62, "fstat": 80, "close": 57, "shutdown": 210, "getsockopt": 209, "getsockname": 204,
        "getpeername": 205, "brk": 214, "munmap": 215, "mremap": 216, "madvise": 233, "mbind": 235, "membarrier": 283,
        "set_robust_list": 99, "get_robust_list": 100, "set_tid_address": 96, "rseq": 293, "clock_gettime": 113,
        "clock_getres": 114, "clock_nanosleep": 115, "nanosleep": 101, "gettimeofday": 169, "times": 153,
        "getrusage": 165, "sysinfo": 179, "uname": 160, "getpid": 172, "gettid": 178, "getppid": 173, "getuid": 174,
        "geteuid": 175, "getgid": 176, "getegid": 177, "getcpu": 168, "getrandom": 278, "sched_yield": 124,
        "sched_getaffinity": 123, "sched_getparam": 121, "sched_getscheduler": 120, "sched_get_priority_max": 125,
        "sched_get_priority_min": 126, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
        "rt_sigpending": 136, "rt_sigtimedwait": 137, "sigaltstack": 132, "restart_syscall": 128, "exit": 93,
        "exit_group": 94, "statx": 291, "faccessat": 48, "readlinkat": 78, "getdents64": 61, "getcwd": 17, "statfs": 43,
        "fstatfs": 44, "dup": 23, "dup3": 24, "pipe2": 59, "eventfd2": 19, "epoll_create1": 20, "get_mempolicy": 236,
        "set_mempolicy": 237, "mlock": 228, "mlock2": 284, "mlockall": 230, "capget": 90, "seccomp": 277, "socket": 198,
        "socketpair": 199, "connect": 203, "bind": 200, "listen": 201, "accept": 202, "accept4": 242, "setsockopt": 208,
        "sendmsg": 211, "sendmmsg": 269, "clone": 220, "mmap": 222, "mprotect": 226, "sendto": 206, "newfstatat": 79,
        "fcntl": 25, "ioctl": 29, "openat": 56, "prctl": 167, "prlimit64": 261, "tgkill": 131, "open_by_handle_at": 265,
        "memfd_create": 279, "truncate": 45, "ftruncate": 46, "fallocate": 47, "fchmod": 52, "fchmodat": 53,
        "fchown": 55, "fchownat": 54, "utimensat": 88, "setxattr": 5, "fsetxattr": 7, "renameat": 38, "renameat2": 276,
        "unlinkat": 35, "linkat": 37, "symlinkat": 36, "mkdirat": 34, "mknodat": 33, "mount": 40, "sendfile": 71,
        "splice": 76, "vmsplice": 75, "copy_file_range": 285, "execve": 221, "execveat": 281, "kill": 129,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "perf_event_open": 241, "bpf": 280,
        "userfaultfd": 282, "add_key": 217, "request_key": 218, "keyctl": 219, "shmget": 194, "shmat": 196,
        "msgget": 186, "mq_open": 180, "semget": 190, "unshare": 97, "setns": 268,
    },
)  # fmt: skip

_MACHINES: Final = {"x86_64": X86_64, "aarch64": AARCH64}


def this_machine() -> Machine | None:
    """Return the table of the machine we run on; None for a family that has none."""
    return _MACHINES.get(platform.machine())
