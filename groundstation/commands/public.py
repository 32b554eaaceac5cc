"""`public`: the public page as a signed static folder for a web site, and the check of such a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "public", help="write the public page as a signed folder for a web site, or check one",
        description="Write the public page as a signed folder for a web site, or check one.",
    )  # fmt: skip
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_export(parts)
    _add_verify(parts)


def _add_export(parts: Subparsers[Any]) -> None:
    export = add_command(
        parts, "export", run=run_export,
        says="write the public page of a running station as a signed static folder",
        example="public export --out site",
    )  # fmt: skip
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder; an earlier one is replaced")
    export.add_argument(
        "--from", dest="url", default="http://127.0.0.1:8080", metavar="URL",
        help="a running station on this machine (default: %(default)s)",
    )  # fmt: skip
    export.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR",
        help="the station's state_dir, where the key is kept (default: %(default)s)",
    )  # fmt: skip
    add_json_argument(export)


def _add_verify(parts: Subparsers[Any]) -> None:
    verify = add_command(
        parts, "verify", run=run_verify, says="check a signed folder, without a network and without a station",
        example="public verify site --key 7f3a...",
    )  # fmt: skip
    verify.add_argument("folder", type=Path, metavar="DIR", help="the folder")
    verify.add_argument(
        "--key", required=True, metavar="FINGERPRINT|FILE", help="of the public key, not from the folder"
    )
    add_json_argument(verify)


def run_export(arguments: argparse.Namespace) -> int:
    """Write one folder."""
    from groundstation.public.fetch import told_by_station
    from groundstation.public.folder import files_of, write_folder
    from groundstation.public.keys import fingerprint_of
    from groundstation.public.signing import signer_in

    told = told_by_station(arguments.url)
    signer = signer_in(arguments.state)
    files = files_of(told, signer, where=arguments.url)
    write_folder(arguments.out, files)
    fingerprint = fingerprint_of(signer.public_pem)
    if arguments.json:
        print_document({"out": str(arguments.out), "files": sorted(files), "key_fingerprint": fingerprint})
        return 0
    print_line(f"{arguments.out}: {len(files)} files of {arguments.url}, signed")
    print_line(signer.public_pem.decode().strip())
    print_line(f"fingerprint of the key (SHA-256): {fingerprint}")
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Check one folder."""
    from groundstation.errors import StationError
    from groundstation.public.verify import expected_fingerprint, faults

    found = faults(arguments.folder, expected_fingerprint(arguments.key))
    if arguments.json:
        print_document({"is_as_signed": not found, "faults": found})
        return 1 if found else 0
    if found:
        raise StationError("; ".join(f"{arguments.folder}/{fault}" for fault in found))
    print_line(f"{arguments.folder}: every file is as it was signed")
    return 0
