"""A set of training pictures that was broken off goes on; anything else in the folder is left alone."""

import json
from pathlib import Path

import pytest

from groundstation.__main__ import main
from sitl.training.write import Asked, prepared, rendered
from sitl.world.errors import WorldError
from sitl.world.world import World


def asked_for(world: World, folder: Path, *, pictures: int = 3, seed: int = 4) -> Asked:
    return Asked(
        pictures=pictures, folder=folder, seed=seed, width_px=160, height_px=120, world=world, keeps_world=False,
        light="day",
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_unfinished_run_goes_on_to_the_same_set(world: World, tmp_path: Path) -> None:
    whole, broken = (asked_for(world, tmp_path / name) for name in ("whole", "broken"))
    prepared(whole)
    expected = list(rendered(whole))
    prepared(broken)
    assert next(rendered(broken)) == expected[0]
    with (broken.folder / "truth.jsonl").open("a") as truth:
        truth.write('{"image": "0000')
    prepared(broken)
    assert list(rendered(broken)) == expected
    assert contents(broken.folder) == contents(whole.folder)


def test_what_was_rendered_already_is_not_rendered_again(world: World, tmp_path: Path) -> None:
    asked = asked_for(world, tmp_path / "out")
    prepared(asked)
    next(rendered(asked))
    (asked.folder / "images" / "000000.jpg").write_bytes(b"untouched")
    prepared(asked)
    assert len(list(rendered(asked))) == 3
    assert (asked.folder / "images" / "000000.jpg").read_bytes() == b"untouched"


@pytest.mark.parametrize(("pictures", "seed"), [(1, 4), (1, 9), (2, 4)])
def test_a_finished_run_or_another_ones_is_left_alone(world: World, tmp_path: Path, pictures: int, seed: int) -> None:
    asked = asked_for(world, tmp_path / "out", pictures=1)
    prepared(asked)
    list(rendered(asked))
    before = contents(asked.folder)
    with pytest.raises(WorldError, match="is not empty"):
        prepared(asked_for(world, asked.folder, pictures=pictures, seed=seed))
    assert contents(asked.folder) == before


def test_the_same_command_again_counts_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["models", "render", "--pictures", "2", "--out", str(out), "--width", "160", "--height", "120", "--json"]
    assert main(words) == 0
    first = json.loads(capsys.readouterr().out)
    truth = out / "truth.jsonl"
    truth.write_text(truth.read_text().splitlines(keepends=True)[0])
    assert main(words) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["pictures"], again["people"]) == (first["pictures"], first["people"])
