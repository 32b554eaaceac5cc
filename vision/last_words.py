"""What a worker says on standard error when it breaks: which code and which kind of error, no word of its content."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_PLACES: Final = 40
LONGEST_LINE: Final = 400


def last_words(error: BaseException) -> str:
    """Return kind and places of an error and of those that led to it, one a line.

    Messages are left out: whoever raised them may have put a value into them, and a value may be a pixel.
    """
    return "".join(f"{line}\n" for one in _chain(error) for line in (type(one).__qualname__, *_places(one)))


def one_line(error: Exception) -> str:
    """Return the message of an error that was raised for the user: one line, cut to `LONGEST_LINE`.

    Libraries put their own words into it; whatever those are, they stay few.
    """
    line = " ".join(str(error).split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 4]} ..."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and then what it arose from."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _places(error: BaseException) -> list[str]:
    """Return where an error passed, the place where it arose last."""
    steps = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return [f"  {Path(code.co_filename).name}:{line} in {code.co_name}" for code, line in steps[-MOST_PLACES:]]
