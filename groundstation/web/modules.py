"""The modules that a page's program needs, told with the page: browsers fetch all at once, not a wave an import."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r"^(?:import|export)\b[^;]*?\bfrom '\./([a-z0-9-]+\.js)';", re.MULTILINE)


def modules_of(program: Path) -> list[str]:
    """Return the names of all modules that a program imports, directly or not, nearest first, its own name before them.

    Raises:
        OSError: one of them cannot be read.
    """
    names = [program.name]
    for name in names:
        text = program.with_name(name).read_text(encoding="utf-8")
        names += [found for found in dict.fromkeys(_IMPORT.findall(text)) if found not in names]
    return names


def preloading(program: Path, *, folder: str) -> str:
    """Return the value of a `Link` header that has a browser fetch a program with all its modules.

    Args:
        program: file of the page's module.
        folder: address of its folder, with a slash at its end.

    Raises:
        OSError: a module cannot be read.
    """
    return ", ".join(f"<{folder}{name}>; rel=modulepreload" for name in modules_of(program))
