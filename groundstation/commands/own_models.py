"""`models add|remove|train`: a detector of the user's own."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError
from vision.models.guest import MASK_SCORE

ABOUT_ADD: Final = """Bring a detector of your own: a YOLO that finds people, heads or faces.

It may add masks, never take one away, and it counts nobody. A .pt is exported to ONNX by ultralytics in a process of
its own, which has no network and no file but the .pt and a temporary folder: a .pt is a pickle, and opening it can run
any code. An .onnx that ultralytics exported is taken as it is and needs no ultralytics.

It is tried behind the seal: it must find nobody in noise and in black and grey pictures, and somebody in rendered ones
or in yours. With --truth and --images its recall by height is measured on your pictures and kept as its model card."""
EXAMPLES_ADD: Final = """examples:
  groundstation models add best.pt --name festival
  groundstation models add best.onnx --class head --class helmet --truth truth.jsonl --images pictures --json
then, in STATION.toml:
  [models]
  extra = ["festival"]
or for a recording: groundstation redact in.mp4 out.mp4 --extra-model festival"""

ABOUT_TRAIN: Final = """Fine-tune a YOLO with ultralytics, in a process of its own that has no network and no link.

DATA is a data.yaml of YOLO with images/ and labels/ beside it, or a folder that `groundstation models render` made: of
that every eighth picture is held out. It takes every core for minutes to days, so it is refused while a station runs
from this environment. Nothing is downloaded: give a base that is on this machine."""
EXAMPLES_TRAIN: Final = """examples:
  groundstation models render --pictures 500 --light mixed --out pictures
  groundstation models train pictures --base yolo11n.pt --out festival.pt --epochs 30
  groundstation models add festival.pt"""
LESSON: Final = ("data", "base", "out", "epochs", "imgsz", "batch", "device", "seed", "python")


def folder_of(arguments: argparse.Namespace) -> Path:
    """Return the folder of the user's detectors."""
    from groundstation.guest_store import default_folder

    return default_folder() if arguments.folder is None else Path(arguments.folder).resolve()


def add_folder_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--folder`."""
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="of your own detectors (~/.local/share/groundstation/models)"
    )


def add(inner: Subparsers[Any]) -> None:
    """Add the subcommands below `models`."""
    _add_add(inner)
    _add_train(inner)
    removed = inner.add_parser("remove", help="take a detector of your own away")
    removed.add_argument("name", metavar="NAME")
    add_folder_argument(removed)
    removed.set_defaults(run=_remove)


def _add_add(inner: Subparsers[Any]) -> None:
    look = argparse.RawDescriptionHelpFormatter
    parser = inner.add_parser(
        "add", help="bring a detector of your own, a YOLO as .pt or .onnx", description=ABOUT_ADD, epilog=EXAMPLES_ADD,
        formatter_class=look,
    )  # fmt: skip
    given = parser.add_argument
    given("file", type=Path, metavar="FILE", help="a .pt of ultralytics, or an .onnx exported from one")
    given("--name", metavar="NAME", help="small letters, digits, `-`, `_`; default: that of the file")
    given(
        "--class",
        action="append",
        default=[],
        dest="classes",
        metavar="NAME",
        help="a class that is people; may be given again; default: person, pedestrian, head, face and such",
    )
    given("--licence", metavar="SPDX", help="of the weights; default: what the file tells, else `not stated`")
    given("--truth", type=Path, metavar="T.jsonl", help="measure it: one JSON line a picture, as `evaluate` takes it")
    given("--images", type=Path, metavar="DIR", help="folder of the pictures that the truth names")
    given("--score", type=float, default=MASK_SCORE, metavar="S", help=f"least score that masks ({MASK_SCORE:g})")
    given("--imgsz", type=int, default=640, metavar="PX", help="side of the network's input, of a .pt (640)")
    given(
        "--python", type=Path, metavar="FILE", help="a Python that has ultralytics; default: that of make ultralytics"
    )
    given("--trust", action="store_true", help="open a .pt even where its process cannot be locked in")
    add_folder_argument(parser)
    add_json_argument(parser)
    parser.set_defaults(run=_add)  # fmt: skip


def _add_train(inner: Subparsers[Any]) -> None:
    look = argparse.RawDescriptionHelpFormatter
    parser = inner.add_parser(
        "train", help="fine-tune a YOLO on your pictures or on rendered ones", description=ABOUT_TRAIN,
        epilog=EXAMPLES_TRAIN, formatter_class=look,
    )  # fmt: skip
    given = parser.add_argument
    given("data", type=Path, metavar="DATA", help="a data.yaml of YOLO, a folder with one, or one of `models render`")
    given("--base", type=Path, required=True, metavar="FILE.pt", help="weights to start from; or yolov8n.yaml: nothing")
    given("--out", type=Path, required=True, metavar="FILE.pt", help="where the trained weights go")
    given("--epochs", type=int, default=30, metavar="N", help="times that every picture is seen (30)")
    given("--imgsz", type=int, default=640, metavar="PX", help="side of the network's input (640)")
    given("--batch", type=int, default=8, metavar="N", help="pictures in a step (8)")
    given("--device", default="cpu", metavar="NAME", help="cpu, or the number of a GPU (cpu)")
    given("--seed", type=int, default=1, metavar="S", help="the same seed trains the same (1)")
    given(
        "--python", type=Path, metavar="FILE", help="a Python that has ultralytics; default: that of make ultralytics"
    )
    given("--trust", action="store_true", help="open a base even where its process cannot be locked in")
    parser.set_defaults(run=_train)  # fmt: skip


def _train(arguments: argparse.Namespace) -> int:
    """Train once.

    Raises:
        BadInputError: an argument is wrong.
    """
    from groundstation.workshop.training import Lesson, trained

    _check_side(arguments.imgsz)
    for name, (low, high) in {"epochs": (1, 10_000), "batch": (1, 1024), "seed": (0, 2**31 - 1)}.items():
        if not low <= getattr(arguments, name) <= high:
            raise BadInputError(f"--{name} {getattr(arguments, name)}: expected {low} to {high}")
    given = {name: getattr(arguments, name) for name in LESSON}
    trained(Lesson(**given, trusted=arguments.trust))
    print_line(f"{arguments.out}: trained; try it with `groundstation models add {arguments.out}`")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    """Bring one detector.

    Raises:
        BadInputError: an argument or the file is wrong.
    """
    from groundstation.detector_list import own_row
    from groundstation.workshop.adding import Wanted, added

    if not 0 < arguments.score < 1:
        raise BadInputError(f"--score {arguments.score:g}: expected above 0 and below 1, for instance {MASK_SCORE:g}")
    _check_side(arguments.imgsz)
    folder = folder_of(arguments)
    manifest = added(
        Wanted(
            file=arguments.file, name=arguments.name, classes=tuple(arguments.classes), licence=arguments.licence,
            truth=arguments.truth, images=arguments.images, mask_score=arguments.score, imgsz=arguments.imgsz,
            folder=folder, python=arguments.python, trusted=arguments.trust,
        ),
        utc_ns=time.time_ns(),
    )  # fmt: skip
    row = own_row(manifest, folder)
    if arguments.json:
        print_document(row)
    else:
        print_line(
            f"{manifest.name}: masks {', '.join(manifest.classes)} from {manifest.mask_score:g} on; licence "
            f"{manifest.licence}; measured: {row['measured']}; name it in [models] extra or with --extra-model"
        )
    return 0


def _check_side(imgsz: int) -> None:
    if not (64 <= imgsz <= 2048 and imgsz % 32 == 0):
        raise BadInputError(f"--imgsz {imgsz}: expected a multiple of 32 from 64 to 2048")


def _remove(arguments: argparse.Namespace) -> int:
    from groundstation.guest_store import remove

    folder = folder_of(arguments)
    remove(arguments.name, folder)
    print_line(f"{arguments.name}: removed from {folder}; take it out of [models] extra as well")
    return 0
