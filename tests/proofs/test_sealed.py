"""The proof of the seal: it passes on what is here, and finds each thing that was made worse."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from proofs import captive
from proofs.captive import Tries, child_tries, worker_tries
from proofs.disk import OnDisk
from proofs.inside import around_to_text
from proofs.sealed import finding_of
from proofs.surroundings import surroundings
from proofs.ways import Around, is_refused
from vision.models.card import ModelError
from vision.models.store import models_dir, verified_bytes
from vision.seal import HOLDS, holds
from vision.syscalls import this_machine

pytestmark = pytest.mark.skipif(this_machine() is None, reason="no table of system calls for this processor")


@pytest.fixture
def weights() -> None:
    """Skip where the shipped weights are not in place."""
    try:
        for key in ("person", "face"):
            verified_bytes(key, models_dir())
    except ModelError as error:
        pytest.skip(str(error))


CLEAN = OnDisk(seconds=1.0, pictures=3, calls=2, files=(), image_bytes=0)
REFUSED = Tries(
    parts={"seccomp": HOLDS}, ways={"tcp": {"connect": "EPERM"}, "dns": {"ask": "EACCES"}, "more": {"key": "EPERM"}},
    core_dumped=False, pictures=10, sealed=True,
)  # fmt: skip


def found(child: Tries = REFUSED, worker: Tries = REFUSED, disk: OnDisk = CLEAN, **more: Any) -> tuple[bool, str]:
    finding = finding_of(child, worker, disk, **{"reached": 0, "left": [], **more})
    return finding.holds, finding.evidence


def test_all_refused_and_a_clean_disk_hold() -> None:
    held, evidence = found()
    assert held
    assert evidence.startswith("2 of 2 ways out refused, 2 of 2 in the real worker")


@pytest.mark.parametrize(
    "worse",
    [
        {"child": replace(REFUSED, ways={"tcp": {"connect": "open"}})},
        {"worker": replace(REFUSED, ways={"tcp": {"connect": "EPERM", "listen": "ECONNREFUSED"}})},
        {"worker": replace(REFUSED, ways={"tcp": {"connect": "EPERM"}, "more": {"key": "open"}})},
        {"worker": replace(REFUSED, parts={"seccomp": "this kernel refused the filter"})},
        {"worker": replace(REFUSED, sealed=False)},
        {"worker": replace(REFUSED, pictures=0)},
        {"child": replace(REFUSED, core_dumped=True)},
        {"disk": replace(CLEAN, image_bytes=1)},
        {"disk": replace(CLEAN, pictures=0)},
        {"reached": 1},
        {"left": ["new"]},
    ],
    ids=str,
)
def test_anything_worse_does_not(worse: dict[str, Any]) -> None:
    held, _ = found(**worse)
    assert not held


def test_a_sealed_child_is_refused_everywhere_and_a_bare_one_nowhere_that_the_network_or_a_file_is_meant() -> None:
    with surroundings() as around_sealed:
        tries = child_tries("sealed", around_sealed.around)
        assert around_sealed.left_behind() == []
    assert {way for way, answers in tries.ways.items() if not is_refused(answers)} == set()
    assert len(tries.ways) == 13
    assert holds(tries.parts)
    assert not tries.core_dumped
    assert set(around_sealed.arrived.values()) == {0}
    with surroundings() as around_bare:
        bare = child_tries("bare", around_bare.around)
        assert {"new", "folder"} <= set(around_bare.left_behind())
    for way in ("tcp", "udp", "unix socket", "temporary folder", "shared memory", "fork and exec", "dns"):
        assert not is_refused(bare.ways[way]), way
    assert all(around_bare.arrived.values())


WITHOUT_SOCKETS_REFUSED = """
from vision import landlock, limits, seal, seccomp
limits.limited_to_files = lambda end: None
landlock.TCP = landlock.OTHER_PROCESSES = 0
seal.closed_steps = lambda machine, *, pid: seccomp.loading_steps(machine, pid=pid, calling=True)
seal.ways_out_still_open = lambda: []
"""
WITHOUT_FILTER = """
from vision import seal
seal.set_in_all_threads = lambda machine, steps: ""
"""


def sabotaged(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the child break its own seal before it begins."""
    begin = code + "\nimport runpy\nrunpy.run_module('proofs.inside', run_name='__main__')"

    def command(who: str, around: Around) -> list[str]:
        return [sys.executable, "-I", "-c", begin, who, around_to_text(around)]

    monkeypatch.setattr(captive, "_command", command)


def test_a_seal_with_a_hole_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sabotaged(monkeypatch, WITHOUT_SOCKETS_REFUSED)
    with surroundings() as around:
        tries = child_tries("sealed", around.around)
    still_open = {way for way, answers in tries.ways.items() if not is_refused(answers)}
    assert {"tcp", "udp", "unix socket", "dns"} <= still_open
    assert not finding_of(tries, REFUSED, CLEAN, reached=0, left=[]).holds
    assert around.arrived["udp"] > 0


def test_a_filter_that_was_never_set_is_noticed_by_the_seal_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    sabotaged(monkeypatch, WITHOUT_FILTER)
    with surroundings() as around, pytest.raises(RuntimeError, match="the seal does not hold"):
        child_tries("sealed", around.around)


@pytest.mark.model
@pytest.mark.usefixtures("weights")
def test_the_real_worker_is_refused_everywhere_and_goes_on() -> None:
    with surroundings() as around:
        tries = worker_tries(around.around)
        assert around.left_behind() == []
    assert {way for way, answers in tries.ways.items() if not is_refused(answers)} == set()
    assert tries.sealed
    assert tries.pictures > 0
    assert set(around.arrived.values()) == {0}
