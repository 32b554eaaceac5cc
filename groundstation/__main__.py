"""The console script: arguments in, exit status out: 0 done, 2 wrong usage or bad input, 3 refused, 1 anything else."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from flightlink.errors import FlightlinkError
from groundstation.commands import (
    align,
    bench,
    calibrate,
    check,
    evaluate,
    georeference,
    models,
    offset,
    public,
    redact,
    replay,
    report,
    run,
    users,
)
from groundstation.commands.other_rooms import COMMANDS, add_from_other_rooms
from groundstation.errors import BadInputError, RefusedError, SourceFailedError, StationError
from groundstation.logs import log_to
from maps.errors import MapsError
from vision.errors import VisionError

DONE: Final = 0
FAILED: Final = 1
BAD_INPUT: Final = 2
REFUSED: Final = 3
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells count."""

EXPECTED: Final = (StationError, FlightlinkError, MapsError, VisionError)
_COMMANDS: Final = {
    "run": run.add,
    "check": check.add,
    "replay": replay.add,
    "redact": redact.add,
    "georeference": georeference.add,
    "align": align.add,
    "offset": offset.add,
    "evaluate": evaluate.add,
    "calibrate": calibrate.add,
    "bench": bench.add,
    "report": report.add,
    "public": public.add,
    "users": users.add,
    "models": models.add,
}


class _OneLineParser(argparse.ArgumentParser):
    """Tells a wrong usage in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; {self.prog} --help shows how\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    if argv is None:
        # a script's background job inherits SIGINT ignored; whoever sends it still means it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = _parser(words).parse_args(words)
    log_to(verbose=arguments.verbose)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()  # whoever read it has enough
        return FAILED
    except EXPECTED as error:
        return _told(error)
    except OSError as error:
        # a full disk, a folder that may not be read: the machine's fault, which its own words tell better than a trace
        if arguments.verbose:
            raise
        _forget_output()
        return _told(StationError(_of_machine(error)))
    except BaseExceptionGroup as group:
        expected, others = group.split(EXPECTED)
        if expected is None or others is not None:
            raise
        return _told(next(_leaves(expected)))


def exit_status(error: Exception) -> int:
    """Return the status for an expected error."""
    match error:
        case RefusedError():
            return REFUSED
        case BadInputError() | FlightlinkError() | MapsError() | SourceFailedError(cause="bad_input"):
            return BAD_INPUT
        case _:
            return FAILED


def _told(error: Exception) -> int:
    sys.stderr.write(f"groundstation: {error}\n")
    return exit_status(error)


def _forget_output() -> None:
    """Send what is not written yet nowhere: a last flush into a closed pipe or onto a full disk would only complain."""
    with suppress(OSError, ValueError):  # a stream without a descriptor has none to flush into
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _of_machine(error: OSError) -> str:
    where = "" if error.filename is None else f"{error.filename}: "
    return f"{where}{error.strerror or error}; check the disk, the path and its rights (-v shows where it happened)"


def _leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="groundstation",
        description="People per square metre from drones and fixed cameras, never who they are.",
        epilog="groundstation COMMAND --help explains one command.",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log more, on standard error")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in _COMMANDS.values():
        add(subparsers)
    # other rooms' commands bring their engines with them: not for one of ours
    if next((word for word in words if not word.startswith("-")), None) not in _COMMANDS:
        add_from_other_rooms(subparsers, COMMANDS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
