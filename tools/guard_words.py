"""Keeps words, places and calls out of the tree that would make it a liar.

Words: the output is redacted, never "anonymous by design" (presence, place and time remain). Places: no registry host
and no path of one machine. Calls, in the product: nothing but what `proofs/absent/allowed.toml` names, so nothing that
recognises a face, follows a person or carries a raw frame past the gate. Exit status 1 and one line a fault.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from proofs.absent.allowed import allowed
from proofs.absent.pages import SCRIPTS, page_faults
from proofs.absent.sources import ROOMS, faults_of

# Spelled so that this file does not find itself.
FORBIDDEN_TEXT: Final = (
    (re.compile(r"an[o]nymi[sz]", re.IGNORECASE), "say redact: presence, place and time remain"),
    (
        re.compile(r"pypi[.]org|python[h]osted|npm[j]s[.]|deb[.]debian[.]|crates[.]io"),
        "names a registry's host",
    ),
    (re.compile(r"/(work|farm)/"), "names a path of one machine"),
)
SAYS_NEVER: Final = re.compile(r"never (say|call)", re.IGNORECASE)
"""A line that forbids the word may name it."""


def listed_texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield path and text of every text file that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        path = root / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            yield Path(name), content.decode(errors="replace")


def text_faults(path: Path, text: str) -> Iterator[str]:
    """Yield each line that holds a forbidden word or place."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, reason in FORBIDDEN_TEXT:
            found = pattern.search(line)
            if found and not (SAYS_NEVER.search(line) and pattern is FORBIDDEN_TEXT[0][0]):
                yield f"{path}:{number}: {found.group()!r}: {reason}"


def call_faults(path: Path, text: str) -> Iterator[str]:
    """Yield each import, name or call in product code that must be absent."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    for fault in faults_of(module, ast.parse(text, str(path)), allowed()):
        yield f"{path}:{fault.line}: {fault.what}"


def main() -> int:
    """Print every fault; 0 without any."""
    faults: list[str] = []
    texts = list(listed_texts(Path.cwd()))
    for path, text in texts:
        if path.name not in {"LICENSE", "lock.txt", "bench.txt"}:
            faults += text_faults(path, text)
        if path.suffix in SCRIPTS and path.parts[0] == "static":
            faults += page_faults(str(path), text, allowed())
        if path.suffix == ".py" and path.parts[0] in ROOMS:
            faults += call_faults(path, text)
    print("\n".join(faults) or f"guard_words: {len(texts)} files, no forbidden word, place or call")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
