"""The ways out of a process, tried from the inside: the twelve that are promised to be shut, and more.

Runs in a child of the proof, sealed or not. Needs the standard library only: what it needs it has before the seal.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vision.syscalls import this_machine

OPEN: Final = "open"
REFUSALS: Final = ("EPERM", "EACCES", "ENOSYS", "EMFILE", "no address", "not allowed")
"""What a shut way answers; any other answer means that somebody listened."""
SECRET: Final = b"a face in memory"
DATAGRAM: Final = b"raw pixels"
PTRACE_SEIZE, PTRACE_DETACH = 0x4206, 17
PR_SET_DUMPABLE: Final = 4
IPC_CREATE: Final = 0o1600
IPC_RMID: Final = 0
X32_BIT: Final = 0x40000000

MORE: Final = "more"
"""Ways besides the twelve."""

_LOADED: Final = "localhost".encode("idna")
"""Python loads this codec with the first address: here, before the seal."""

Attempts = Mapping[str, Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around the process, for it to reach."""

    folder: str
    """Of one readable file, `readable`; for the temporary files."""
    tcp_port: int
    udp_port: int
    dns_port: int
    """A name server, on loopback as the other two."""
    unix_path: str
    sibling_pid: int
    sibling_address: int
    """Where in the sibling's memory `SECRET` lies."""


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _call(name: str, *arguments: Any) -> int:
    machine = this_machine()
    if machine is None:
        raise OSError(errno.ENOTSUP, "no numbers of calls for this processor")
    return _raw(machine.numbers[name], *arguments)


def _raw(number: int, *arguments: Any) -> int:
    result = int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _tcp(around: Around) -> Attempts:
    def listens() -> None:
        with socket.create_server(("127.0.0.1", 0)):
            pass

    return {
        "connect": lambda: socket.create_connection(("127.0.0.1", around.tcp_port), 2).close(),
        "listen": listens,
    }


def _udp(around: Around, opened: socket.socket) -> Attempts:
    there = ("127.0.0.1", around.udp_port)
    return {
        "a socket of its own": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(DATAGRAM, there),
        "the open socket to another address": lambda: opened.sendto(DATAGRAM, there),
        "a message to another address": lambda: opened.sendmsg([DATAGRAM], [], 0, there),
        "the open socket connected elsewhere": lambda: opened.connect(there),
    }


def _unix(around: Around) -> Attempts:
    return {
        "connect": lambda: socket.socket(socket.AF_UNIX).connect(around.unix_path),
        "abstract name": lambda: socket.socket(socket.AF_UNIX).bind("\0groundstation-proof"),
        "a pair": socket.socketpair,
    }


def _files(around: Around) -> Attempts:
    folder = Path(around.folder)
    readable = folder / "readable"
    return {
        "write": lambda: (folder / "new").write_bytes(SECRET),
        "append": lambda: os.close(os.open(readable, os.O_WRONLY | os.O_APPEND)),
        "temporary file": lambda: tempfile.TemporaryFile(dir=folder).close(),
        "nameless file": lambda: os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR)),
        "truncate": lambda: os.truncate(readable, 1),
        "rename": lambda: readable.replace(readable),
        "hard link": lambda: (folder / "hard").hardlink_to(readable),
        "name of a link": lambda: (folder / "link").symlink_to("x" * 200),
        "folder": (folder / "folder").mkdir,
        "pipe with a name": lambda: os.mkfifo(folder / "pipe"),
        "rights": lambda: readable.chmod(0o600),
        "times": lambda: os.utime(readable, (1, 1)),
        "attribute": lambda: os.setxattr(readable, "user.x", SECRET),
        "remove": (folder / "missing").unlink,
    }


def _shared_memory() -> Attempts:
    def segment() -> None:
        ctypes.CDLL(None).shmctl(_call("shmget", 0, 4096, IPC_CREATE), IPC_RMID, None)

    def named() -> None:
        path = Path(f"/dev/shm/groundstation-proof-{os.getpid()}")  # noqa: S108  # shm_open's own folder
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        path.unlink()

    return {"named": named, "memory file": lambda: os.close(os.memfd_create("x")), "segment": segment}


def _ptrace(around: Around) -> Attempts:
    def seized() -> None:
        _call("ptrace", PTRACE_SEIZE, around.sibling_pid, 0, 0)

    return {"seize": seized}


def _process_vm(around: Around) -> Attempts:
    def read() -> None:
        into = ctypes.create_string_buffer(len(SECRET))
        here = _Span(ctypes.addressof(into), len(SECRET))
        there = _Span(around.sibling_address, len(SECRET))
        _call("process_vm_readv", around.sibling_pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if into.raw != SECRET:
            raise OSError(errno.EIO, "something else was read")

    return {"read": read}


def _io_uring() -> Attempts:
    return {"set up": lambda: os.close(_call("io_uring_setup", 1, ctypes.create_string_buffer(120)))}


def _fork_and_exec() -> Attempts:
    def forked() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    return {
        "fork": forked,
        "start a program": lambda: subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True),
        "exec": lambda: os.execv("/no/such/program", ["x"]),  # noqa: S606  # there is none: the call is what is tried
    }


def _core_dump() -> Attempts:
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]

    def dumpable() -> None:
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), "not dumpable")

    return {
        "raise the limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (most or 1, most or 1)),
        "be dumpable": dumpable,
    }


def _sibling(around: Around) -> Attempts:
    def memory() -> None:
        with Path(f"/proc/{around.sibling_pid}/mem").open("rb", buffering=0) as file:
            os.pread(file.fileno(), len(SECRET), around.sibling_address)

    def descriptor() -> None:
        pidfd = _call("pidfd_open", around.sibling_pid, 0)
        try:
            os.close(_call("pidfd_getfd", pidfd, 0, 0))
        finally:
            os.close(pidfd)

    return {"its memory as a file": memory, "its descriptors": descriptor}


def _dns(around: Around) -> Attempts:
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04face\x07example\x00\x00\x01\x00\x01"
    there = ("127.0.0.1", around.dns_port)
    return {
        "resolve a name": lambda: socket.getaddrinfo("localhost", 80),
        "ask a name server": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(query, there),
    }


def _more(around: Around) -> Attempts:
    return {
        "read a file": (Path(around.folder) / "readable").read_bytes,
        "signal": lambda: os.kill(around.sibling_pid, 0),
        "key": lambda: _call("add_key", b"user", b"groundstation", SECRET, len(SECRET), -2),
        "message queue": lambda: ctypes.CDLL(None).msgctl(_call("msgget", 0, 0), IPC_RMID, None),
        "another's limits": lambda: resource.prlimit(around.sibling_pid, resource.RLIMIT_CORE),
        "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
        "namespace": lambda: _call("unshare", 0),
        "mount": lambda: _call("mount", b"none", b"/no/such/folder", b"tmpfs", 0, 0),
        "pipe from file to file": lambda: os.sendfile(1, 0, 0, 0),
        "x32 call": lambda: _raw(X32_BIT + 257, -100, b"/etc/passwd", 0),
    }


def tried(around: Around, *, opened: socket.socket) -> dict[str, dict[str, str]]:
    """Try all ways; return way -> attempt -> `open` or what was answered.

    Args:
        around: What to reach.
        opened: An open UDP socket of the process, as a live source has one.
    """
    ways: dict[str, Attempts] = {
        "tcp": _tcp(around),
        "udp": _udp(around, opened),
        "unix socket": _unix(around),
        "temporary folder": _files(around),
        "shared memory": _shared_memory(),
        "ptrace": _ptrace(around),
        "process_vm_readv": _process_vm(around),
        "io_uring": _io_uring(),
        "fork and exec": _fork_and_exec(),
        "core dump": _core_dump(),
        "memory of a sibling": _sibling(around),
        "dns": _dns(around),
        MORE: _more(around),
    }
    return {way: {name: _answer(attempt) for name, attempt in attempts.items()} for way, attempts in ways.items()}


def _answer(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except socket.gaierror:
        return "no address"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except ValueError as error:  # what Python makes of EPERM for a limit
        return "not allowed" if "not allowed" in str(error) else str(error)
    return OPEN


def is_refused(answers: Mapping[str, str]) -> bool:
    """Say whether every attempt at a way was refused."""
    return bool(answers) and all(answer in REFUSALS for answer in answers.values())
