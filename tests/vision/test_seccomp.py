"""The filters of system calls, run step by step as the kernel's machine runs them, for both processors."""

from __future__ import annotations

from pathlib import Path

import pytest

from vision.seccomp import Step, closed_steps, loading_steps
from vision.syscalls import AARCH64, ALLOWED, NEWEST, WHILE_CALLING, WHILE_LOADING, X86_64, Machine, this_machine

ALLOW, REFUSE, KILL, UNKNOWN = 0x7FFF0000, 0x00050001, 0x80000000, 0x00050026
MACHINES = pytest.mark.parametrize("machine", [X86_64, AARCH64], ids=["x86_64", "aarch64"])
PID = 4711
FAR = 0x7F00_0000_0000
"""An address whose lower half is zero."""


def verdict(steps: list[Step], *, arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    words = {0: number, 4: arch}
    for index, argument in enumerate(arguments):
        words |= {16 + 8 * index: argument & 0xFFFFFFFF, 20 + 8 * index: argument >> 32}
    at, loaded = 0, 0
    while True:
        step = steps[at]
        at += 1
        if step.code == 0x06:
            return step.operand
        if step.code == 0x20:
            loaded = words.get(step.operand, 0)
            continue
        holds = {0x15: loaded == step.operand, 0x35: loaded >= step.operand, 0x45: bool(loaded & step.operand)}[
            step.code
        ]
        at += step.if_true if holds else step.if_false


def closed(machine: Machine, name: str, *arguments: int) -> int:
    steps = closed_steps(machine, pid=PID)
    return verdict(steps, arch=machine.audit_arch, number=machine.numbers[name], arguments=arguments)


def loading(machine: Machine, name: str, *arguments: int, calling: bool = False) -> int:
    steps = loading_steps(machine, pid=PID, calling=calling)
    return verdict(steps, arch=machine.audit_arch, number=machine.numbers[name], arguments=arguments)


CHECKED = {
    "clone", "clone3", "mmap", "mprotect", "sendto", "newfstatat", "fcntl", "prctl", "prlimit64", "tgkill",
}  # fmt: skip


@MACHINES
def test_once_closed_only_what_is_listed_is_allowed_whatever_its_arguments(machine: Machine) -> None:
    steps = closed_steps(machine, pid=PID)
    allowed = {machine.numbers[name] for name in ALLOWED if name in machine.numbers}
    checked = {machine.numbers[name] for name in CHECKED}
    for number in set(range(NEWEST + 1)) - checked:
        assert verdict(steps, arch=machine.audit_arch, number=number) == (ALLOW if number in allowed else REFUSE)
    assert verdict(steps, arch=machine.audit_arch, number=NEWEST + 1) == UNKNOWN
    assert verdict(steps, arch=machine.audit_arch, number=0x40000000 + 1) == REFUSE
    assert verdict(steps, arch=machine.audit_arch ^ 1, number=1) == KILL


@MACHINES
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone3", (), UNKNOWN),
        ("clone", (0x10000 | 0x100,), ALLOW),
        ("clone", (0x11,), REFUSE),
        ("clone", (0x10000 | 0x10000000,), REFUSE),
        ("mmap", (0, 4096, 3, 0x22), ALLOW),
        ("mmap", (0, 4096, 5, 0x22), REFUSE),
        ("mprotect", (0, 4096, 3), ALLOW),
        ("mprotect", (0, 4096, 4), REFUSE),
        ("sendto", (3, 1, 1, 0, 0), ALLOW),
        ("sendto", (3, 1, 1, 0, 0x1000), REFUSE),
        ("sendto", (3, 1, 1, 0, FAR), REFUSE),
        ("newfstatat", (3, 1, 1, 0x1000), ALLOW),
        ("newfstatat", (3, 1, 1, 0), REFUSE),
        ("fcntl", (3, 3), ALLOW),
        ("fcntl", (3, 4, 0x800), ALLOW),
        ("fcntl", (3, 0), REFUSE),
        ("fcntl", (3, 8, PID), REFUSE),
        ("prctl", (3,), ALLOW),
        ("prctl", (4, 1), REFUSE),
        ("prctl", (15, 1), REFUSE),
        ("prlimit64", (0, 7, 0, 0x1000), ALLOW),
        ("prlimit64", (0, 7, 0x1000), REFUSE),
        ("prlimit64", (0, 7, FAR), REFUSE),
        ("prlimit64", (PID, 7, 0), REFUSE),
        ("tgkill", (PID, 1, 6), ALLOW),
        ("tgkill", (PID + 1, 1, 6), REFUSE),
    ],
)
def test_once_closed_arguments_decide(machine: Machine, name: str, arguments: tuple[int, ...], expected: int) -> None:
    assert closed(machine, name, *arguments) == expected


@MACHINES
@pytest.mark.parametrize("calling", [True, False])
def test_while_loading_files_are_read_never_written_and_sockets_are_for_live_sources(
    machine: Machine, *, calling: bool
) -> None:
    assert loading(machine, "openat", 0, 1, 0x80000) == ALLOW
    for flags in (1, 2, 0x40, 0x200, 0x410000, 0x410002):
        assert loading(machine, "openat", 0, 1, flags) == REFUSE
    assert loading(machine, "socket", calling=calling) == (ALLOW if calling else REFUSE)
    assert loading(machine, "sendto", 3, 1, 1, 0, 0x1000, calling=calling) == (ALLOW if calling else REFUSE)
    assert loading(machine, "mmap", 0, 4096, 5) == ALLOW
    assert loading(machine, "seccomp") == ALLOW
    assert loading(machine, "ioctl", 0, 0x5401) == ALLOW
    assert loading(machine, "ioctl", 0, 0x5412) == REFUSE, "nothing is typed into a terminal"
    assert loading(machine, "prctl", 4, 1) == REFUSE
    for name in ("execve", "execveat", "clone3", "ptrace", "process_vm_readv", "io_uring_setup", "memfd_create", "bpf"):
        assert loading(machine, name, calling=calling) in {REFUSE, UNKNOWN}
    assert loading(machine, "clone", 0x11) == REFUSE


@MACHINES
def test_a_closed_process_may_do_nothing_that_a_loading_one_may_not(machine: Machine) -> None:
    narrow, wide = closed_steps(machine, pid=PID), loading_steps(machine, pid=PID, calling=False)
    for number in range(NEWEST + 2):
        for arguments in ((0,) * 6, (PID, 3, 1, 0x1000, 0, 0), (0x10100, 4, 3, 0x1000, FAR, 0)):
            if verdict(narrow, arch=machine.audit_arch, number=number, arguments=arguments) == ALLOW:
                assert verdict(wide, arch=machine.audit_arch, number=number, arguments=arguments) == ALLOW


def test_every_call_has_a_number_on_the_machines_that_have_it() -> None:
    named = {*ALLOWED, *WHILE_LOADING, *WHILE_CALLING, *CHECKED, "open", "openat", "ioctl"}
    assert named <= set(X86_64.numbers)
    old = {
        "poll", "select", "epoll_wait", "time", "pause", "stat", "lstat", "access", "readlink", "getdents", "dup2",
        "arch_prctl", "open",
    }  # fmt: skip
    assert named - set(AARCH64.numbers) == old, "AArch64 never had the calls that newer ones replace"


HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
GENERIC_HEADER = Path("/usr/include/asm-generic/unistd.h")
"""That of AArch64 and all newer processors."""


@pytest.mark.skipif(not HEADER.is_file(), reason="the kernel's headers are not installed")
def test_the_numbers_are_those_of_the_kernels_header() -> None:
    lines = [line.split() for line in HEADER.read_text().splitlines() if line.startswith("#define __NR_")]
    header = {name.removeprefix("__NR_"): int(number) for _, name, number in lines}
    assert {name: header.get(name, number) for name, number in X86_64.numbers.items()} == X86_64.numbers


@MACHINES
def test_no_number_is_given_twice(machine: Machine) -> None:
    assert len(set(machine.numbers.values())) == len(machine.numbers)


@pytest.mark.skipif(not GENERIC_HEADER.is_file(), reason="the kernel's headers are not installed")
def test_the_numbers_of_aarch64_are_those_of_the_kernels_header() -> None:
    lines = [line.split() for line in GENERIC_HEADER.read_text().splitlines() if line.startswith("#define __NR")]
    words = [(words[1].removeprefix("__NR3264_").removeprefix("__NR_"), words[2]) for words in lines if len(words) > 2]
    header = {{"fstatat": "newfstatat"}.get(name, name): int(number) for name, number in words if number.isdigit()}
    assert {name: header.get(name, number) for name, number in AARCH64.numbers.items()} == AARCH64.numbers
    assert len(set(AARCH64.numbers) - set(header)) < 10, "those that this header is too old for"


def test_a_machine_without_a_table_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert this_machine() is None
