"""In the rooms of the two gates no rule is silenced but those below, each of which says why where it stands."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("vision/", "maps/", "flightlink/")
SILENCES = re.compile(r"(type:\s*ignore(\[[\w-]+\])?|noqa(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)?|pragma:\s*no\s\w+)")

# module -> rules that it may silence
AGREED = {
    "flightlink/mavlink/messages.py": {"noqa: N802"},
    "maps/noise.py": {"type: ignore[no-untyped-call]"},
    "maps/terrain/files.py": {"noqa: PLC0415"},
    "maps/terrain/geoid.py": {"noqa: PLC0415"},
    "vision/evaluate.py": {"noqa: BLE001"},
    "vision/handover.py": {"noqa: BLE001"},
    "vision/models/archives.py": {"noqa: PLC0415"},
    "vision/models/fetch.py": {"noqa: PTH105", "noqa: T201"},
    "vision/openvino_engine.py": {"noqa: PLC0415"},
    "vision/trial.py": {"noqa: BLE001"},
    "vision/worker.py": {"noqa: BLE001"},
}


def silenced(path: str, text: str) -> Iterator[str]:
    """Yield each rule of the linter, the types or the coverage that a module silences and was not agreed."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        found = SILENCES.search(token.string) if token.type == tokenize.COMMENT else None
        if found and found.group().strip() not in AGREED.get(path, set()):
            yield f"{path}:{token.start[0]}: {found.group()}"


def test_nothing_else_is_silenced(root: Path) -> None:
    paths = [path.relative_to(root).as_posix() for room in ROOMS for path in sorted((root / room).rglob("*.py"))]
    assert [line for path in paths for line in silenced(path, (root / path).read_text(encoding="utf-8"))] == []


def test_every_agreed_silence_is_still_needed(root: Path) -> None:
    for path, rules in AGREED.items():
        text = (root / path).read_text(encoding="utf-8")
        assert {rule for rule in rules if rule not in text} == set(), path


@pytest.mark.parametrize(
    "comment", ["# type: ignore", "# type: ignore[arg-type]", "# noqa", "# noqa: SLF001", "# pragma: no cover"]
)
def test_each_way_to_silence_a_rule_is_seen(comment: str) -> None:
    assert list(silenced("vision/gate.py", f"x = 1  {comment} - because"))


def test_a_text_that_speaks_of_one_is_no_fault() -> None:
    assert list(silenced("vision/gate.py", 'x = "# type: ignore"')) == []
