"""What stands around a process that tries its ways out: listeners that note who arrives, a folder, a sibling."""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proofs.ways import SECRET, Around

LOOKED_EVERY_S: Final = 0.05
SIBLING: Final = f"""
import ctypes, sys
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1).value, 0, 0, 0)
secret = ctypes.create_string_buffer({SECRET!r})
print(ctypes.addressof(secret), flush=True)
sys.stdin.read()
"""
"""A process of the same user that lets itself be traced, where Yama would forbid it, and lives until its stdin ends."""


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """The surroundings, and what reached them."""

    around: Around
    arrived: dict[str, int]
    """Connections and datagrams by listener; all that came is counted once the block has ended."""

    def left_behind(self) -> list[str]:
        """Return the names in the folder that were not there before; to be asked inside the block."""
        return sorted({path.name for path in Path(self.around.folder).iterdir()} - {"readable"})


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Open the listeners and start the sibling; all ends with the block."""
    with ExitStack() as stack:
        folder, home = (Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seal-"))) for _ in range(2))
        (folder / "readable").write_text("nothing of interest", encoding="utf-8")
        listeners = {name: stack.enter_context(listener) for name, listener in _listeners(home).items()}
        pid, address = stack.enter_context(_sibling())
        port = {name: listener.getsockname()[1] for name, listener in listeners.items() if name != "unix"}
        around = Around(
            folder=str(folder),
            tcp_port=port["tcp"],
            udp_port=port["udp"],
            dns_port=port["dns"],
            unix_path=str(home / "socket"),
            sibling_pid=pid,
            sibling_address=address,
        )
        found = Surroundings(around=around, arrived=dict.fromkeys(listeners, 0))
        with _noting(listeners, found.arrived):
            yield found


def _listeners(home: Path) -> dict[str, socket.socket]:
    listeners = {
        "tcp": socket.create_server(("127.0.0.1", 0)),
        "unix": socket.socket(socket.AF_UNIX),
        "udp": socket.socket(type=socket.SOCK_DGRAM),
        "dns": socket.socket(type=socket.SOCK_DGRAM),
    }
    listeners["unix"].bind(str(home / "socket"))
    listeners["unix"].listen()
    for name in ("udp", "dns"):
        listeners[name].bind(("127.0.0.1", 0))
    return listeners


@contextmanager
def _sibling() -> Iterator[tuple[int, int]]:
    """Start the sibling; give its process id and the address of the secret."""
    command = [sys.executable, "-I", "-S", "-c", SIBLING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the sibling was started without pipes")
        yield child.pid, int(child.stdout.readline())
        child.stdin.close()


@contextmanager
def _noting(listeners: dict[str, socket.socket], arrived: dict[str, int]) -> Iterator[None]:
    """Count what arrives, in a thread of its own, until the block ends and all that waits was counted."""
    ended = threading.Event()
    waiting = selectors.DefaultSelector()
    for name, listener in listeners.items():
        waiting.register(listener, selectors.EVENT_READ, name)

    def note() -> None:
        while (ready := waiting.select(LOOKED_EVERY_S)) or not ended.is_set():
            for key, _ in ready:
                _take(listeners[key.data])
                arrived[key.data] += 1

    thread = threading.Thread(target=note, name="listeners")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        waiting.close()


def _take(listener: socket.socket) -> None:
    if listener.type == socket.SOCK_DGRAM:
        listener.recv(65_535)
    else:
        listener.accept()[0].close()
