"""Logging of the station: short constant events with key=value on standard error; the last step drops places.

Other rooms log through the standard library; whatever they pass, no array and no coordinate leaves through a log line.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Final, TextIO

_PLAIN: Final = (str, int, float, bool, type(None), Exception)
_PRECISE_NUMBER: Final = re.compile(r"-?\d+\.\d{4,}")
_LONGEST_LINE: Final = 600


def event(logger: logging.Logger, name: str, *, level: int = logging.INFO, **values: object) -> None:
    """Log one event, for instance `worker_started camera=north`."""
    logger.log(level, "%s%s", name, "".join(f" {key}={_plain(value)}" for key, value in values.items()))


def _plain(value: object) -> str:
    return str(value) if isinstance(value, _PLAIN) else f"({type(value).__name__} dropped)"


def line_without_places(text: str) -> str:
    """Return a log line without numbers fine enough to be a coordinate (four decimals or more), and not too long."""
    return _PRECISE_NUMBER.sub("(number dropped)", text)[:_LONGEST_LINE]


class PlaceDroppingFormatter(logging.Formatter):
    """The last step of every log line."""

    mark = ""
    """Before each line, for instance of an exercise."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; arguments that are no plain values are named by their type."""
        if isinstance(record.args, tuple):
            record.args = tuple(arg if isinstance(arg, _PLAIN) else _plain(arg) for arg in record.args)
        return line_without_places(self.mark + super().format(record))


def mark_lines(mark: str) -> None:
    """Begin every line from now on with some words; empty for none."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, PlaceDroppingFormatter):
            handler.formatter.mark = mark


def log_to(stream: TextIO | None = None, *, verbose: bool = False) -> None:
    """Send the log of all rooms to `stream` (standard error by default)."""
    sink = logging.StreamHandler(stream or sys.stderr)
    sink.setFormatter(PlaceDroppingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [sink]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
