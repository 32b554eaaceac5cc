"""Every setting, address and command that exists has its line in the documents, and every example works."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from flightlink.mission_file import load_mission, mission_from_table
from groundstation.outbox import Outbox
from groundstation.settings import (
    CameraTable,
    DetectionTable,
    GroundTable,
    LinkTable,
    MapTable,
    PublicTable,
    RecordTable,
    ReplayTable,
    SignInTable,
    StationTable,
    TlsTable,
    settings_from_table,
)
from groundstation.web.application import application


def example(text: str, first_line: str) -> str:
    """Return the indented block of a document that begins with a line."""
    found = re.search(rf"^ {{4}}{re.escape(first_line)}\n(?: {{4}}.*\n|\n)+", text, re.MULTILINE)
    assert found, first_line
    return textwrap.dedent(found.group())


def text_of(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("[station]", StationTable),
        ("[[link]]", LinkTable),
        ("[[camera]]", CameraTable),
        ("[record]", RecordTable),
        ("[replay]", ReplayTable),
        ("[ground]", GroundTable),
        ("[detection]", DetectionTable),
        ("[public]", PublicTable),
        ("[map]", MapTable),
        ("[sign_in]", SignInTable),
        ("[tls]", TlsTable),
    ],
)
def test_every_setting_has_its_line(root: Path, header: str, table: type[BaseModel]) -> None:
    section = text_of(root, "docs/settings.md").split(f"### `{header}`")[1].split("\n#")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert named == set(table.model_fields)


def test_the_example_of_the_settings_is_accepted(root: Path, tmp_path: Path) -> None:
    table = tomllib.loads(example(text_of(root, "docs/settings.md"), "[station]"))
    settings = settings_from_table(table, path=tmp_path / "station.toml")
    assert settings.camera[0].name == "north"
    assert settings.mission is not None
    assert mission_from_table(settings.mission, tmp_path).purpose.startswith("crowd safety")


def test_the_mission_of_the_readme_is_accepted(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "mission.toml"
    path.write_text(example(text_of(root, "README.md"), "[mission]"), encoding="utf-8")
    assert len(load_mission(path).area) == 4


def test_every_address_has_its_line(root: Path) -> None:
    served = {resource.canonical for resource in application(Outbox(("north",)), clock=lambda: 0).router.resources()}
    named = set(re.findall(r"^\| `(/[^`]*)` \|", text_of(root, "docs/api.md"), re.MULTILINE))
    assert named == served


def test_every_command_of_the_readme_exists(root: Path) -> None:
    shown = set(re.findall(r"^ {4}\.venv/bin/groundstation (\w+)", text_of(root, "README.md"), re.MULTILINE))
    assert len(shown) >= 5
    for name in shown:
        command = [Path(sys.executable).with_name("groundstation"), name, "--help"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
