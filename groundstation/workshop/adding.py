"""From a file that the user names to a detector that the station may use: exported, tried, measured, kept."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError, SourceFailedError
from groundstation.files import closed_local_file
from groundstation.guest_store import NOT_STATED, Manifest, file_name, refuse_taken, store
from groundstation.instants import text_from_utc_ns
from groundstation.sealed_figures import line_of, sealed_figures
from groundstation.workshop.process import (
    MOST_PT_BYTES,
    done_by_child,
    made_by_child,
    python_with_ultralytics,
    workshop,
)
from vision.models.guest import MOST_BYTES, Guest
from vision.models.store import sha256_of

TRIAL_COMMAND: Final = (sys.executable, "-I", "-m", "vision.trial")
RENDER_COMMAND: Final = (sys.executable, "-I", "-m", "groundstation", "models", "render")
RENDERED: Final = ("--pictures", "6", "--seed", "68", "--light", "day")
EXPORT_WITHIN_S: Final = 1800.0
SUFFIXES: Final = (".pt", ".onnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user asks for."""

    file: Path
    name: str | None
    classes: tuple[str, ...]
    licence: str | None
    truth: Path | None
    images: Path | None
    mask_score: float
    imgsz: int
    folder: Path
    python: Path | None
    trusted: bool


def added(wanted: Wanted, *, utc_ns: int, command: Sequence[str] = TRIAL_COMMAND) -> Manifest:
    """Export, try, measure and keep a detector.

    Raises:
        BadInputError: the file, or an argument, is wrong: one line says what, and how to mend it.
        StationError: a process that should try it failed.
    """
    file = closed_local_file(wanted.file, what="the detector")
    if file.suffix.lower() not in SUFFIXES:
        raise BadInputError(f"{wanted.file}: expected a .pt of ultralytics or an .onnx exported from one")
    name = _name(wanted, file)
    with workshop() as reached, workshop() as folder:  # what the child could reach, nobody writes to afterwards
        onnx = _exported(wanted, file, reached) if file.suffix.lower() == ".pt" else file
        data = _bytes(onnx, wanted.file)
        refuse_taken(name, data, wanted.folder)
        kept = folder / "kept.onnx"  # the bytes that are tried are the bytes that are kept
        kept.write_bytes(data)
        guest = Guest(name=name, path=str(kept), sha256=sha256_of(data), class_ids=(0,), mask_score=wanted.mask_score)
        figures = _tried(wanted, guest, folder, command)
    manifest = Manifest(
        name=name, file=file_name(name, data), sha256=guest.sha256, size_bytes=len(data),
        licence=wanted.licence or figures["licence"] or NOT_STATED, source=file.name,
        added_utc=text_from_utc_ns(utc_ns), classes=tuple(figures["classes"]), class_ids=tuple(figures["class_ids"]),
        classes_in_file=figures["classes_in_file"], input_px=tuple(figures["input_px"]),
        mask_score=wanted.mask_score, measured=figures["card"],
    )  # fmt: skip
    store(manifest, data, wanted.folder)
    return manifest


def _name(wanted: Wanted, file: Path) -> str:
    """Return the name: the one given, or that of the file."""
    name = wanted.name or re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-_")[:32]
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", name):
        raise BadInputError(f"--name {name!r}: expected up to 32 small letters, digits, `-` and `_`")
    return name


def _exported(wanted: Wanted, file: Path, folder: Path) -> Path:
    """Return the ONNX file that the locked-in process makes of a .pt."""
    if file.stat().st_size > MOST_PT_BYTES:
        raise BadInputError(f"{wanted.file}: is larger than {MOST_PT_BYTES // 10**6} MB; is it a detector's .pt?")
    python = python_with_ultralytics(wanted.python)
    sys.stderr.write("exporting with ultralytics: a .pt can run any code, so its process is locked in\n")
    task = {
        "task": "export", "model": str(file), "folder": str(folder), "readable": [str(file)],
        "trusted": wanted.trusted, "imgsz": wanted.imgsz,
    }  # fmt: skip
    try:
        done_by_child(python, task, environment=os.environ, shows=False, within_s=EXPORT_WITHIN_S)
    except BadInputError as error:
        raise BadInputError(f"{wanted.file}: {error}") from error
    return folder / "model.onnx"


def _bytes(onnx: Path, told: Path) -> bytes:
    data = made_by_child(onnx, most_bytes=MOST_BYTES)
    if data is None:
        raise BadInputError(f"{told}: is no network of up to {MOST_BYTES // 10**6} MB; export a smaller one")
    return data


def _tried(wanted: Wanted, guest: Guest, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    """Return what the sealed trial says of the network, with the card under `card`.

    Raises:
        BadInputError: it may not be a guest.
    """
    truth = None if wanted.truth is None else closed_local_file(wanted.truth, what="the truth")
    images = None if wanted.images is None else wanted.images.resolve()
    if (truth is None) != (images is None) or (images is not None and not images.is_dir()):
        raise BadInputError("--truth and --images go together: a file of JSON lines, and the folder of its pictures")
    told = {"guest": asdict(guest), "classes": list(wanted.classes)}
    rendered = None
    if truth is None:
        figures = _figures(wanted, {**told, "truth": None, "images": None}, command)  # its faults come before the wait
        rendered = _rendered(folder / "probe")
    pictures = (truth, images) if truth is not None else rendered
    if pictures is None:
        return {**figures, "card": None}
    figures = _figures(wanted, {**told, "truth": str(pictures[0]), "images": str(pictures[1])}, command)
    measured = figures.pop("measured")
    _refuse_blind(wanted, measured, on="the pictures of --truth" if truth is not None else "rendered people")
    card = (
        {"truth": truth.name, "images": images.name, **measured} if truth is not None and images is not None else None
    )
    return {**figures, "card": card}


def _figures(wanted: Wanted, told: dict[str, Any], command: Sequence[str]) -> dict[str, Any]:
    try:
        return asyncio.run(sealed_figures(line_of(told), name="trial", what="trial", command=command))
    except SourceFailedError as error:
        raise BadInputError(f"{wanted.file}: {error}") from error


def _refuse_blind(wanted: Wanted, measured: dict[str, Any], *, on: str) -> None:
    """Refuse a network that finds nothing anywhere, and a truth that says nothing."""
    if not measured["n"]:
        raise BadInputError(f"{wanted.truth}: marks nobody in {measured['pictures']} pictures, so nothing is measured")
    if measured["matched"] + measured["false_alarms"] == 0:
        raise BadInputError(
            f"{wanted.file}: finds nobody in {measured['pictures']} pictures with {measured['n']} people ({on}) at the "
            f"score {wanted.mask_score:g}; lower --score, name other classes with --class, train it longer, or give "
            "pictures of its kind with --truth and --images"
        )


def _rendered(folder: Path) -> tuple[Path, Path] | None:
    """Return truth and folder of rendered pictures of people; None where this installation cannot render."""
    command = [*RENDER_COMMAND, *RENDERED, "--out", str(folder), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.stderr.write("no pictures could be rendered to try it on; measure it with --truth and --images\n")
        return None
    document = json.loads(run.stdout)
    return Path(document["truth"]), Path(document["images"])
