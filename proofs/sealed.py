"""Guarantee 7, a sealed process: the ways out are tried from inside, and each file that is written is looked into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proofs.captive import Tries, child_tries, worker_tries
from proofs.disk import OnDisk, image_bytes_of_a_leak, image_bytes_on_disk
from proofs.row import Figure, Finding, Proven, Trial
from proofs.surroundings import surroundings
from proofs.ways import MORE, is_refused
from vision.seal import HOLDS, TOLD, holds

DISK_SECONDS: Final = 60.0
QUICK_DISK_SECONDS: Final = 3.0
MUST_BE_OPEN_BARE: Final = ("tcp", "udp", "unix socket", "temporary folder", "shared memory", "fork and exec", "dns")
"""Without the seal at least these are open on any machine; the others the machine itself may shut."""


def proved(trial: Trial) -> Proven:
    """Try the ways in a sealed child and in the real worker, search the disk; the control does the same without a seal.

    Raises:
        RuntimeError: a child did not try.
        NotServingError, WatchError: the station did not come up to be searched, or cannot be watched.
    """
    with surroundings() as by_child:
        child = child_tries("sealed", by_child.around)
        left = by_child.left_behind()
    trial.told("the same ways out of the real worker on a live stream")
    with surroundings() as by_worker:
        worker = worker_tries(by_worker.around)
        left += by_worker.left_behind()
    trial.told("every file that the whole station writes")
    disk = image_bytes_on_disk(seconds=QUICK_DISK_SECONDS if trial.quick else DISK_SECONDS)
    reached = sum(by_child.arrived.values()) + sum(by_worker.arrived.values())
    return Proven(
        finding=finding_of(child, worker, disk, reached=reached, left=left),
        control="the same process without the seal, and a program that writes one frame",
        control_finding=_bare(),
    )


def finding_of(child: Tries, worker: Tries, disk: OnDisk, *, reached: int, left: list[str]) -> Finding:
    """Return what the tries and the search found.

    Args:
        child: A process that sealed itself as the worker does.
        worker: The real worker.
        disk: What the whole station wrote.
        reached: Connections and datagrams that arrived anywhere.
        left: Names of what was left in the folder.
    """
    shut, total = _shut(child), len(_twelve(child))
    sealed = holds(child.parts) and holds(worker.parts) and worker.sealed and not child.core_dumped
    works = worker.pictures > 0
    all_shut = all(is_refused(answers) for tries in (child, worker) for answers in tries.ways.values())
    figures: dict[str, Figure] = {
        "ways": total,
        "refused": shut,
        "refused_in_worker": _shut(worker),
        "attempts": _attempts(worker),
        "attempts_open_in_worker": _open_attempts(worker),
        "arrived": reached,
        "left_behind": len(left),
        "pictures_after": worker.pictures,
        "image_bytes_on_disk": disk.image_bytes,
        "disk_seconds": disk.seconds,
        "disk_pictures": disk.pictures,
        "disk_files": len(disk.files),
    }
    told = "; ".join(f"{part}: {worker.parts.get(part, HOLDS)}" for part in TOLD)
    evidence = (
        f"{shut} of {total} ways out refused, {_shut(worker)} of {total} in the real worker, which went on "
        f"({_attempts(worker)} attempts, {reached} arrived); {disk.image_bytes} image bytes in {len(disk.files)} files "
        f"of {disk.seconds:.0f} s with {disk.pictures} pictures; {told}{_open_names(child, worker)}"
    )
    held = sealed and works and all_shut and not reached and not left and not disk.image_bytes and disk.pictures > 0
    return Finding(holds=held, evidence=evidence, figures=figures)


def _bare() -> Finding:
    """Try the same without the seal: it must be found open, and a frame on the disk must be found."""
    with surroundings() as bare:
        tries = child_tries("bare", bare.around)
        left = bare.left_behind()
    leak = image_bytes_of_a_leak()
    shut = [way for way, answers in _twelve(tries).items() if is_refused(answers)]
    reached = sum(bare.arrived.values())
    caught = not set(shut) & set(MUST_BE_OPEN_BARE) and bool(reached and left and leak.image_bytes)
    by_machine = f"; the machine itself refuses {', '.join(shut)}" if shut else ""
    return Finding(
        holds=not caught,
        evidence=f"{len(shut)} of {len(_twelve(tries))} refused, {reached} arrived, {len(left)} files left, "
        f"{leak.image_bytes} image bytes found{by_machine}",
        figures={"refused": len(shut), "arrived": reached, "left_behind": len(left), "image_bytes": leak.image_bytes},
    )


def _twelve(tries: Tries) -> Mapping[str, Mapping[str, str]]:
    return {way: answers for way, answers in tries.ways.items() if way != MORE}


def _shut(tries: Tries) -> int:
    return sum(is_refused(answers) for answers in _twelve(tries).values())


def _attempts(tries: Tries) -> int:
    return sum(map(len, tries.ways.values()))


def _open_attempts(tries: Tries) -> int:
    return sum(not is_refused({name: answer}) for answers in tries.ways.values() for name, answer in answers.items())


def _open_names(*children: Tries) -> str:
    ways = [
        f"{way} ({answers})" for tries in children for way, answers in tries.ways.items() if not is_refused(answers)
    ]
    return f"; OPEN: {', '.join(ways)}" if ways else ""
