"""Keeps the code readable: files of at most 300 lines, functions with a median under 12 and 95 % of at most 45.

Arguments: the folders of the product; tests and tools keep to the length of files alone. A function's docstring does
not count. Exit status 1 and one line a fault.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MAX_FILE_LINES: Final = 300
MEDIAN_BELOW_LINES: Final = 12
LONG_LINES: Final = 45
MAX_LONG_SHARE: Final = 0.05
SOURCE_SUFFIXES: Final = frozenset((".py", ".js", ".mjs", ".css"))
ALSO_FILES_OF: Final = ("tests", "tools")


def function_lines(text: str) -> Iterator[int]:
    """Yield the length of every function, without its docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def file_faults(folder: Path) -> Iterator[str]:
    """Yield each source file that is too long."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SOURCE_SUFFIXES:
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > MAX_FILE_LINES:
                yield f"{path}: {lines} lines, above {MAX_FILE_LINES}; is a room missing?"


def room_fault(folder: Path) -> Iterator[str]:
    """Yield a fault when the functions of a room are too long on the whole."""
    lengths = [n for path in folder.rglob("*.py") for n in function_lines(path.read_text(encoding="utf-8"))]
    if not lengths:
        return
    median, long = statistics.median(lengths), sum(length > LONG_LINES for length in lengths)
    if median >= MEDIAN_BELOW_LINES:
        yield f"{folder}: the median function has {median:.0f} lines, it must stay below {MEDIAN_BELOW_LINES}"
    if long > MAX_LONG_SHARE * len(lengths):
        yield f"{folder}: {long} of {len(lengths)} functions have more than {LONG_LINES} lines"


def main(arguments: list[str]) -> int:
    """Print every fault; 0 without any."""
    rooms = [Path(name) for name in arguments]
    folders = rooms + [Path(name) for name in ALSO_FILES_OF if Path(name).is_dir()]
    faults = [fault for folder in folders for fault in file_faults(folder)]
    faults += [fault for room in rooms for fault in room_fault(room)]
    print("\n".join(faults) or f"guard_shape: {', '.join(arguments)} keep to the lengths")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
