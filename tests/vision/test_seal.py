"""The seal, tried from inside: a child process seals itself and then tries each way out."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vision.landlock import version
from vision.seal import HOLDS, holds
from vision.syscalls import X86_64, this_machine

CHILD = """
import ctypes, errno, json, mmap, os, resource, socket, subprocess, sys, threading
from pathlib import Path
from vision.seal import sealed_after_opening, sealed_before_opening, sealed_with_order, ways_out_still_open

folder, listener_port = sys.argv[1], int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
readable = open(folder + "/readable")
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
connected = socket.create_connection(("127.0.0.1", listener_port))
descriptor = os.open(folder, os.O_RDONLY)

parts = sealed_before_opening()
found = {"written_before": None}
try:
    open(folder + "/early", "w")
except OSError as error:
    found["written_before"] = error.errno
parts |= sealed_with_order([Path(folder)], calling=True)
parts |= sealed_after_opening()
found["parts"] = parts
found["still_open"] = ways_out_still_open()

def call(name, *arguments):
    def attempt():
        if libc.syscall(*arguments) < 0:
            raise OSError(ctypes.get_errno(), name)
    return attempt

def forked():
    if os.fork() == 0:
        os._exit(0)

attempts = {
    "read a file": lambda: open(folder + "/readable"),
    "write a file": lambda: open(folder + "/new", "w"),
    "append to a file": lambda: open(folder + "/readable", "a"),
    "make a temporary file": lambda: os.open(folder, os.O_TMPFILE | os.O_RDWR),
    "open beside a descriptor": lambda: os.open("new", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor),
    "rename": lambda: os.rename(folder + "/readable", folder + "/moved"),
    "remove": lambda: os.unlink(folder + "/readable"),
    "make a folder": lambda: os.mkdir(folder + "/folder"),
    "link": lambda: os.symlink("x" * 200, folder + "/link"),
    "memory file": lambda: os.memfd_create("x"),
    "shared memory": call("shmget", 29, 0, 4096, 0o1600),
    "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "socket pair": lambda: socket.socketpair(),
    "connection": lambda: socket.create_connection(("127.0.0.1", listener_port)),
    "send to another address": lambda: udp.sendto(b"x", ("127.0.0.1", listener_port)),
    "connect an open socket": lambda: udp.connect(("127.0.0.1", listener_port)),
    "send a message": lambda: connected.sendmsg([b"x"]),
    "fork": forked,
    "vfork": call("vfork", 58),
    "clone without a thread": call("clone", 56, 17, 0, 0, 0, 0),
    "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "start a program": lambda: subprocess.run(["true"]),
    "ptrace": call("ptrace", 101, 16, os.getppid(), 0, 0),
    "read another process": call("process_vm_readv", 310, os.getppid(), 0, 0, 0, 0, 0),
    "take another's descriptor": call("pidfd_open", 434, os.getppid(), 0),
    "io_uring": call("io_uring_setup", 425, 1, 0),
    "keyring": call("add_key", 248, b"user", b"x", b"x", 1, -2),
    "bpf": call("bpf", 321, 0, 0, 0),
    "x32 system call": call("x32 openat", 0x40000000 + 257, -100, b"/etc/passwd", 0),
}
results = {}
for name, attempt in attempts.items():
    try:
        attempt()
        results[name] = "open"
    except OSError as error:
        results[name] = errno.errorcode.get(error.errno, "?" if error.errno is None else str(error.errno))
    except RuntimeError as error:
        results[name] = str(error)
found["results"] = results

done = []
threads = [threading.Thread(target=done.append, args=(n,)) for n in range(4)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
found["threads"] = sorted(done)
found["memory"] = len(mmap.mmap(-1, 1 << 20)) == len(bytearray(1 << 20))
connected.sendall(b"to the peer")
found["core"] = resource.getrlimit(resource.RLIMIT_CORE)
found["dumpable"] = libc.prctl(3, 0, 0, 0, 0)
found["line"] = sys.stdin.readline()
print(json.dumps(found), flush=True)
sys.stdin.readline()
os._exit(0)
"""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a sealed child found when it tried."""
    if this_machine() is not X86_64:
        pytest.skip("the child's table of system calls is x86_64's")
    folder = tmp_path_factory.mktemp("sealed")
    (folder / "readable").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", CHILD, str(folder), str(server.getsockname()[1])]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as child:
            assert child.stdin
            assert child.stdout
            child.stdin.write("from the parent\n")
            child.stdin.flush()
            found: dict[str, Any] = json.loads(child.stdout.readline())
            child.stdin.write("end\n")
            child.stdin.flush()
            peer, _ = server.accept()
            with peer:
                found["peer"] = peer.recv(100).decode()
        found["status"] = child.returncode
    found["files"] = sorted(path.name for path in folder.iterdir())
    return found


ATTEMPTS = CHILD.partition("attempts = {")[2].partition("\n}")[0].splitlines()
WAYS_OUT = [line.split('"')[1] for line in ATTEMPTS if '": ' in line]


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_way_out_is_refused(way: str, sealed: dict[str, Any]) -> None:
    assert sealed["results"][way] == "EPERM"


def test_nothing_was_left_behind(sealed: dict[str, Any]) -> None:
    assert sealed["files"] == ["readable"]


def test_every_part_of_the_seal_says_whether_it_holds(sealed: dict[str, Any]) -> None:
    parts = dict(sealed["parts"])
    if version() == 0:
        assert not holds(parts), "without Landlock it is not sealed"
        parts = {part: state for part, state in parts.items() if "Landlock" not in state}
    else:
        assert sealed["written_before"] is not None, "Landlock refuses writing before the filter does"
    parts.pop("swap")
    assert parts["seccomp"] == HOLDS
    assert set(parts.values()) == {HOLDS}
    assert sealed["still_open"] == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"seccomp": HOLDS, "swap": HOLDS}, True),
        ({"seccomp": HOLDS, "swap": "memory may be written to swap"}, True),
        ({"seccomp": "this kernel refused the filter", "swap": HOLDS}, False),
        ({"seccomp": ""}, False),
    ],
)
def test_every_part_is_required_but_swap_which_is_told(parts: dict[str, str], *, expected: bool) -> None:
    assert holds(parts) is expected


def test_work_goes_on_inside(sealed: dict[str, Any]) -> None:
    """Threads, memory, the pipe from the parent, the pipe to it, and the connection that was open."""
    assert sealed["threads"] == [0, 1, 2, 3]
    assert sealed["memory"]
    assert sealed["line"] == "from the parent\n"
    assert sealed["peer"] == "to the peer"
    assert sealed["status"] == 0


def test_no_core_is_written_and_nobody_reads_the_process(sealed: dict[str, Any]) -> None:
    assert sealed["core"] == [0, 0]
    assert sealed["dumpable"] == 0


def test_an_unsealed_process_names_its_ways_out() -> None:
    code = "from vision.seal import ways_out_still_open; print(ways_out_still_open())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['files', 'sockets', 'processes']"


def test_the_libraries_start_no_thread_keep_no_file_and_call_nobody(tmp_path: Path) -> None:
    """ONNX Runtime's report to its maker has a thread, a database and an address of its own: off before it loads."""
    code = "import os, vision.engine, vision.raw.source, vision.room; print(len(os.listdir('/proc/self/task')))"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
    assert list(tmp_path.iterdir()) == []
