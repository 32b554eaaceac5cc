"""`models engines`, registered under the entry-point group `groundstation.models`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError
from vision.wire import EngineName

EXAMPLE: Final = "example: groundstation models engines --engine openvino"
MOST_THREADS: Final = 64


def engines(subparsers: Subparsers[Any]) -> None:
    """Add `engines` to what can be done about models."""
    says = "which engines this machine has, whether each finds the same boxes, and how long it takes"
    parser = subparsers.add_parser("engines", help=says, description=says[0].upper() + says[1:] + ".", epilog=EXAMPLE)
    names = [name.value for name in EngineName]
    parser.add_argument("--engine", choices=names, help="only this one; status 2 where it is not there")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="cores that one run may take (2)")
    add_json_argument(parser)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from proofs.engines.run import compared

    if not 1 <= given.threads <= MOST_THREADS:
        raise BadInputError(f"--threads {given.threads}: expected 1 to {MOST_THREADS}")
    asked = None if given.engine is None else EngineName(given.engine)
    rows = compared(asked, threads=given.threads, told=lambda line: sys.stderr.write(f"{line}\n"))
    if asked is not None and not rows[0]["networks"]:
        raise BadInputError(f"--engine {asked}: {rows[0]['missing_because']}")
    if given.json:
        print_document(rows)
    else:
        for line in (line for row in rows for line in lines_of(row)):
            print_line(line)
    return 1 if any(row["same_boxes"] is False for row in rows) else 0


def lines_of(row: Mapping[str, Any]) -> list[str]:
    """Return an engine's row in words: one line, and one for each network."""
    if not row["networks"]:
        return [f"{row['engine']}: not here ({row['missing_because']})"]
    where = "can look at video" if row["sealable"] else "cannot look at video, which is sealed"
    return [
        f"{row['engine']}: {'the same boxes' if row['same_boxes'] else 'OTHER BOXES, do not use it'}; {where}",
        *(
            f"  {each['network']:<7} {each['boxes'] - each['alone']} of {each['boxes']} boxes met, least IoU "
            f"{each['least_iou']:.4f}, scores off by {each['most_score_off']:.5f} at most; {each['ms']:.0f} ms, "
            f"onnxruntime {each['onnxruntime_ms']:.0f} ms"
            for each in row["networks"]
        ),
    ]
