"""`calibrate`: camera intrinsics from a video of a chessboard or ChArUco board; or a board to print."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, Final

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.errors import BadInputError

_SIDES: Final = re.compile(r"(\d{1,2})x(\d{1,2})")


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "calibrate", run=run,
        says="find a camera's intrinsics in a video of a chessboard or ChArUco board, or print a board",
        example="calibrate board.mp4 --out camera.toml",
    )  # fmt: skip
    parser.add_argument("video", type=Path, nargs="?", metavar="VIDEO", help="closed local video of the board")
    parser.add_argument("--out", type=Path, metavar="CAM.toml", help="the camera file to write; must not be there")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--board", type=_sides, metavar="9x6", help="inner corners of a chessboard; found by itself")
    kind.add_argument("--charuco", type=_sides, metavar="7x5", help="squares of a ChArUco board; found by itself")
    parser.add_argument(
        "--square-mm", type=_square_mm, default=25.0, metavar="MM",
        help="side of a printed square (25); for printing, intrinsics do not depend on it",
    )  # fmt: skip
    parser.add_argument("--print-board", type=Path, metavar="B.svg", help="write a board to print, and nothing else")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Calibrate one camera, or write one board."""
    if arguments.print_board is not None:
        return _print_board(arguments)
    if arguments.video is None or arguments.out is None:
        raise BadInputError("calibrate needs VIDEO and --out CAM.toml; or --print-board B.svg for a board to film")
    from groundstation.commands.calibration.lens import BoardAsked, calibrate
    from groundstation.instants import utc_now_ns

    asked = BoardAsked(board=arguments.board, charuco=arguments.charuco)
    figures = calibrate(arguments.video, arguments.out, asked, utc_ns=utc_now_ns())
    if arguments.json:
        print_document(figures)
        return 0
    print_line(
        f"{arguments.out}: {figures['views']} views of a {figures['board']}; error {figures['error_px']:.2f} px; "
        f"fx {figures['fx_px']:.1f} ± {figures['fx_sigma_px']:.1f} px; field of view {figures['hfov_deg']:.1f} degrees"
    )
    for sentence in figures["advice"]:
        print_line(f"better: {sentence}")
    return 0


def _print_board(arguments: argparse.Namespace) -> int:
    from groundstation.commands.calibration.printing import print_board

    if arguments.video is not None or arguments.out is not None:
        raise BadInputError("--print-board writes a board and nothing else; leave out VIDEO and --out")
    width_mm, height_mm = print_board(
        arguments.print_board, board=arguments.board, charuco=arguments.charuco, square_mm=arguments.square_mm
    )
    figures = {"width_mm": width_mm, "height_mm": height_mm, "square_mm": arguments.square_mm}
    if arguments.json:
        print_document(figures)
    else:
        print_line(f"{arguments.print_board}: {width_mm:g} x {height_mm:g} mm; print at 100 %, then measure a square")
    return 0


def _sides(text: str) -> tuple[int, int]:
    found = _SIDES.fullmatch(text)
    sides = (int(found[1]), int(found[2])) if found else (0, 0)
    if min(sides) < 3:
        raise argparse.ArgumentTypeError(f"{text!r} is no board; write two whole numbers from 3 on, for instance 9x6")
    return sides


def _square_mm(text: str) -> float:
    try:
        square_mm = float(text)
    except ValueError:
        square_mm = 0.0
    if not 1 <= square_mm <= 500:
        raise argparse.ArgumentTypeError(f"{text!r} is no length; write millimetres from 1 to 500, for instance 25")
    return square_mm
