"""`models list`: the detectors that this installation runs on."""

from __future__ import annotations

import argparse
from typing import Any

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.commands.other_rooms import MODELS, add_from_other_rooms


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command and its own subcommands."""
    parser = add_command(
        subparsers, "models", run=run,
        says="show the detectors: hash, licence, where they come from, whether they are in place",
        example="models list --json",
    )  # fmt: skip
    inner = parser.add_subparsers(title="what", metavar="list|render", required=True, dest="what")
    add_json_argument(inner.add_parser("list", help="one line for each detector"))
    add_from_other_rooms(inner, MODELS)


def run(arguments: argparse.Namespace) -> int:
    """List the detectors.

    Raises:
        DetectorFileError: a file is missing or another than the pinned one; the list was printed.
    """
    from groundstation.detector_list import check_files, detector_list

    rows = detector_list()
    if arguments.json:
        print_document(rows)
    else:
        for row in rows:
            print_line(f"{row['key']:<8} {row['name']}  {row['licence']}  measured: {row['measured']}; {row['state']}")
    check_files(rows)
    return 0
