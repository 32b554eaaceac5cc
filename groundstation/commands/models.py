"""`models`: the detectors of this installation, and those of the user's own."""

from __future__ import annotations

import argparse
from typing import Any

from groundstation.commands import own_models
from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line
from groundstation.commands.other_rooms import MODELS, add_from_other_rooms


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command and its own subcommands."""
    parser = add_command(
        subparsers, "models", run=run,
        says="show the detectors (hash, licence, measured recall), bring one of your own, train it, render pictures",
        example="models list --json",
    )  # fmt: skip
    what = "list|add|remove|train|render|measure"
    inner = parser.add_subparsers(title="what", metavar=what, required=True, dest="what")
    listed = inner.add_parser("list", help="one line for each detector, the station's and your own")
    own_models.add_folder_argument(listed)
    add_json_argument(listed)
    own_models.add(inner)
    add_from_other_rooms(inner, MODELS)


def run(arguments: argparse.Namespace) -> int:
    """List the detectors.

    Raises:
        DetectorFileError: a file is missing or another than the pinned one; the list was printed.
    """
    from groundstation.detector_list import check_files, detector_list

    rows = detector_list(own_models.folder_of(arguments))
    if arguments.json:
        print_document(rows)
    else:
        for row in rows:
            print_line(f"{row['key']:<8} {row['name']}  {row['licence']}  measured: {row['measured']}; {row['state']}")
    check_files(rows)
    return 0
