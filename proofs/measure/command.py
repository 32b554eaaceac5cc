"""`models measure`, registered under the entry-point group `groundstation.models`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError

EXAMPLE: Final = "example: groundstation models measure --model above --images out/images --truth out/truth.jsonl"
TOLD_EVERY_S: Final = 2.0
BOUNDS: Final = {"scale": (0.1, 4.0), "person_px": (4.0, 400.0), "threshold": (0.05, 0.95), "pictures": (1, 10**6)}


def measure(subparsers: Subparsers[Any]) -> None:
    """Add `measure` to what can be done about models."""
    says = "measure a person detector, also one that the station does not run, on pictures with truth"
    parser = subparsers.add_parser("measure", help=says, description=says[0].upper() + says[1:] + ".", epilog=EXAMPLE)
    parser.add_argument("--model", required=True, metavar="FILE", help="an ONNX file, or a name of `models list`")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the pictures")
    parser.add_argument("--truth", type=Path, required=True, metavar="T.jsonl", help="one JSON line a picture")
    parser.add_argument("--scale", type=float, default=1.0, metavar="S", help="how much larger it sees them (1)")
    parser.add_argument("--person-px", type=float, metavar="PX", help="instead: a standing body's length in its input")
    parser.add_argument("--threshold", type=float, metavar="P", help="default: chosen on every second picture")
    parser.add_argument("--pictures", type=int, metavar="N", help="only the first N")
    parser.add_argument("--sheet", type=Path, metavar="FILE.jpg", help="the worst of rendered pictures, to look at")
    add_json_argument(parser)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from proofs.measure.pictures import pictures_from_file
    from proofs.measure.run import Asked, measured, model_bytes
    from proofs.measure.sheet import refuse_real, write_sheet
    from vision.detectors import PersonDetector
    from vision.engine import DetectorError

    _refuse_odd(given)
    if given.sheet is not None:
        refuse_real(given.images)
    asked = Asked(
        model=given.model, images=given.images, scale=given.scale, person_px=given.person_px, threshold=given.threshold
    )
    pictures = pictures_from_file(given.truth)[: given.pictures]
    try:
        figures, worst = measured(asked, pictures, _teller(len(pictures)))
        if given.sheet is not None:
            detector = PersonDetector(model_bytes(given.model), threads=1)
            write_sheet(given.sheet, asked, detector, worst, figures["threshold"])
    except DetectorError as error:
        raise BadInputError(f"--model {given.model}: {error}") from error
    if given.json:
        print_document(figures)
        return 0
    for line in lines_of(figures):
        print_line(line)
    return 0


def _refuse_odd(given: argparse.Namespace) -> None:
    for name, (low, high) in BOUNDS.items():
        number = getattr(given, name)
        if number is not None and not low <= number <= high:
            raise BadInputError(f"--{name.replace('_', '-')} {number:g}: expected {low:g} to {high:g}")
    if not given.images.is_dir():
        raise BadInputError(
            f"{given.images}: --images is no folder; give the one that the truth's names are relative to"
        )


def _teller(whole: int) -> Any:
    last_s = time.monotonic()

    def tell(number: int) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= TOLD_EVERY_S:
            last_s = time.monotonic()
            sys.stderr.write(f"{number} of {whole} pictures\n")

    return tell


def lines_of(figures: dict[str, Any]) -> list[str]:
    """Return the figures in short, a line a table's row."""
    rows = [("all", figures["all"])]
    rows += [(f"{row['from_deg']} to {row['to_deg']} degrees", row) for row in figures["by_depression_deg"]]
    rows += [(row["light"], row) for row in figures["by_light"]]
    rows += [(f"{row['from_per_m2']:g} people/m2 and more", row) for row in figures["by_density_per_m2"]]
    return [
        f"{figures['model']['file']}, sha256 {figures['model']['sha256']}, threshold {figures['threshold']:g}",
        *(
            f"{name}: {row['n']} people, recall {_said(row['recall'])}, precision {_said(row['precision'])}, "
            f"count error {_said(row['count_error'])}"
            for name, row in rows
        ),
    ]


def _said(share: float | None) -> str:
    return "not measured" if share is None else f"{share:.3f}"
