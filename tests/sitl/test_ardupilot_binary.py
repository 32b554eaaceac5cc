"""Which binary is started, and the one line where there is none."""

from pathlib import Path

import pytest

from sitl.ardupilot.binary import binary_from_world_file, find_binary
from sitl.ardupilot.errors import CannotStartError
from sitl.world.errors import WorldError


def made(path: Path, *, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_option_goes_before_the_environment_and_that_before_the_path(tmp_path: Path) -> None:
    asked, named = made(tmp_path / "asked"), made(tmp_path / "named")
    on_path = made(tmp_path / "bin" / "arducopter")
    environment = {"ARDUCOPTER": str(named), "PATH": str(on_path.parent)}
    assert find_binary(asked, environment) == asked
    assert find_binary(None, environment) == named
    assert find_binary(None, {"PATH": str(on_path.parent)}) == on_path


def test_the_path_is_made_absolute_for_the_autopilot_starts_itself_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path / "arducopter")
    monkeypatch.chdir(tmp_path)
    assert find_binary(Path("arducopter"), {}) == tmp_path / "arducopter"


def test_none_on_the_path_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotStartError, match=r"^no arducopter on the PATH: build ArduPilot's SITL .* give --binary$"):
        find_binary(None, {"PATH": str(tmp_path)})


def test_a_missing_file_and_one_that_cannot_be_run_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(CannotStartError, match="nowhere: there is no such file"):
        find_binary(tmp_path / "nowhere", {})
    with pytest.raises(CannotStartError, match=r"stiff: cannot be run; make it executable"):
        find_binary(made(tmp_path / "stiff", mode=0o644), {})


def test_a_world_file_may_name_it_beside_itself(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('[ardupilot]\nbinary = "bin/arducopter"\n', encoding="utf-8")
    assert binary_from_world_file(world) == tmp_path / "bin" / "arducopter"
    world.write_text('name = "none"\n', encoding="utf-8")
    assert binary_from_world_file(world) is None


def test_a_wrong_name_in_a_world_file_is_told(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text("[ardupilot]\nbinary = 7\n", encoding="utf-8")
    with pytest.raises(WorldError, match=r"world.toml.*binary.*expected a path"):
        binary_from_world_file(world)
