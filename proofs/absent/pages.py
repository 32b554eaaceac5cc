"""The pages: what a browser could recognise, listen to, record or keep, no script of ours asks it for."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator
from typing import Final

from proofs.absent.allowed import Allowed

SCRIPTS: Final = (".js", ".mjs", ".html", ".svg")


def installed_pages() -> Iterator[tuple[str, str]]:
    """Yield name and text of every script and page that the station serves of its own."""
    with importlib.resources.as_file(importlib.resources.files("static")) as folder:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SCRIPTS:
                yield f"static/{path.relative_to(folder).as_posix()}", path.read_text(encoding="utf-8")


def page_faults(name: str, text: str, lists: Allowed) -> Iterator[str]:
    """Yield each word of a page or script that asks the browser for what must be absent."""
    for number, line in enumerate(text.splitlines(), 1):
        for word, why in lists.never_in_pages.items():
            if lists.in_pages_only.get(word) == name:
                continue
            if re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", line):
                yield f"{name}:{number}: asks for {word}: it {why}"
