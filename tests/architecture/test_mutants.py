"""Climbs each fence on a copy: a violation written into the real module must be seen by the guard named beside it.

`test_fences.py` does the same for the contracts between the rooms; the schema of what leaves has mutants of its own in
`test_wire_walk.py`.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from proofs.absent.allowed import allowed
from proofs.absent.sources import faults_of
from tests.architecture.test_figures import figures_changed
from tests.architecture.test_makers import faults as maker_faults
from tests.architecture.test_release import unreleased
from tests.architecture.test_silenced import silenced

Guard = Callable[[str, str], Iterable[str]]


def lists(path: str, text: str) -> list[str]:
    """The lists of `proofs/absent/allowed.toml`, which `make check` and `groundstation prove` both read."""
    module = ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")
    return [str(fault) for fault in faults_of(module, ast.parse(text), allowed())]


def makers(path: str, text: str) -> list[str]:
    """Who may make a boundary type."""
    return list(maker_faults(path, ast.parse(text)))


def release(path: str, text: str) -> list[str]:
    """What may reach the encoders."""
    return list(unreleased(path, ast.parse(text)))


GUARDS: dict[str, Guard] = {
    "lists": lists,
    "makers": makers,
    "release": release,
    "figures": figures_changed,
    "silenced": silenced,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One violation: the code goes to the end of the file, or in place of `instead_of`."""

    fence: str
    guard: str
    path: str
    code: str
    instead_of: str = ""

    def text(self, root: Path) -> str:
        """Return the module with the violation in it."""
        text = (root / self.path).read_text(encoding="utf-8")
        if not self.instead_of:
            return f"{text}\n\n{self.code}\n"
        assert self.instead_of in text, f"{self.path} has changed; write this mutant anew"
        return text.replace(self.instead_of, self.code, 1)


MUTANTS = [
    Mutant(**table)
    for table in tomllib.loads(Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8"))["mutant"]
]


@cache
def unharmed(guard: str, file: Path, path: str) -> list[str]:
    """Return what a guard says of a module as it is."""
    return list(GUARDS[guard](path, file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: f"{one.fence}-{one.guard}-{one.path}")
def test_a_mutant_is_caught(root: Path, mutant: Mutant) -> None:
    assert unharmed(mutant.guard, root / mutant.path, mutant.path) == []
    assert list(GUARDS[mutant.guard](mutant.path, mutant.text(root)))
