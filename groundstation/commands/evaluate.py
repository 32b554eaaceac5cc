"""`evaluate`: the shipped detectors and the gate against ground truth; other rooms add their own measures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.commands.other_rooms import EVALUATIONS, add_from_other_rooms


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command and what can be evaluated."""
    parser = add_command(
        subparsers, "evaluate", run=run,
        says="measure the detectors (people), the gate (redaction) or a simulated world against the truth",
        example="evaluate people --truth truth.jsonl --video clip.mp4 --camera cam.toml --json",
    )  # fmt: skip
    what = "people|redaction|density|alignment|safety|fusion"
    inner = parser.add_subparsers(title="what", metavar=what, required=True, dest="what")
    for name, says in (
        ("people", "recall, precision and count error of the detectors"),
        ("redaction", "share of heads that the masks cover, and of the picture that they cost"),
    ):
        _add_arguments(inner.add_parser(name, help=says, description=says[0].upper() + says[1:] + "."))
    add_from_other_rooms(inner, EVALUATIONS)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--truth", type=Path, required=True, metavar="T.jsonl", help="one JSON line a picture or frame")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--images", type=Path, metavar="DIR", help="folder of the pictures that the truth names")
    source.add_argument("--video", type=Path, metavar="FILE", help="video whose frames the truth numbers from 0")
    parser.add_argument("--camera", type=Path, metavar="CAM.toml", help="camera file with a fixed pose")
    parser.add_argument("--live", action="store_true", help="pace at the video's rate, as the station would; adds fps")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate once."""
    from groundstation.evaluation import Evaluation, Kind, evaluate

    figures = evaluate(
        Evaluation(
            kind=Kind(arguments.what), truth=arguments.truth, images=arguments.images, video=arguments.video,
            camera=arguments.camera, live=arguments.live,
        )
    )  # fmt: skip
    if arguments.json:
        print_document(figures)
    else:
        for name, figure in figures.items():
            print_line(f"{name}: {json.dumps(figure)}")
    return 0
