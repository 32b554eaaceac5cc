"""`report`: one self-contained HTML of a density map, which opens offline."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundstation.commands.arguments import Subparsers, add_command, print_line

if TYPE_CHECKING:
    from groundstation.reporting import SignIn


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "report", run=run,
        says="write one self-contained HTML report of a running station's map, or of a replay's density.geojson",
        example="report --out report.html --from-density out/density.geojson",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.html", help="where the report goes")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--from-density", type=Path, metavar="FILE.geojson", help="a map that replay wrote")
    source.add_argument(
        "--url", default="http://127.0.0.1:8080", metavar="URL", help="a running station (default: %(default)s)"
    )
    parser.add_argument(
        "--user", metavar="NAME", help="who signs in at the station; the password is asked for, or read from "
        "standard input",
    )  # fmt: skip
    parser.add_argument("--title", default="Crowd density report", help="heading of the report")


def run(arguments: argparse.Namespace) -> int:
    """Write one report."""
    from groundstation.reporting import density_from_file, density_from_station, write_report

    if arguments.from_density is not None:
        collection, source = density_from_file(arguments.from_density), str(arguments.from_density)
    else:
        collection, source = density_from_station(arguments.url, _sign_in(arguments.user)), arguments.url
    write_report(collection, arguments.out, title=arguments.title, source=source)
    print_line(f"{arguments.out}: report of {source}")
    return 0


def _sign_in(name: str | None) -> SignIn | None:
    if name is None:
        return None
    from groundstation.commands.typing_in import typed_password
    from groundstation.reporting import SignIn

    return SignIn(name=name, password=typed_password(f"password of {name}: "))
