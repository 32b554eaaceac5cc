"""Detectors of the user's own on the disk: whole or not there, and never another file than was added."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.errors import BadInputError
from groundstation.guest_store import (
    Manifest,
    default_folder,
    file_name,
    guests_named,
    manifests,
    refuse_taken,
    remove,
    state_of_guest,
    store,
    toml_text,
)
from vision.models.card import FileState, ModelError
from vision.models.store import sha256_of

DATA = b"a network"
CARD = {"n": 3, "recall": 0.5, "precision": None, "by_height_px": [{"from": 8, "to": None, "recall": 0.5}], "f1": 0.1}


def manifest(name: str = "festival", data: bytes = DATA, **changes: Any) -> Manifest:
    parts: dict[str, Any] = {
        "name": name, "file": file_name(name, data), "sha256": sha256_of(data), "size_bytes": len(data),
        "licence": 'AGPL-3.0 "and" é', "source": "best.pt", "added_utc": "2030-06-21T16:00:00Z",
        "classes": ("person",), "class_ids": (0,), "classes_in_file": 80, "input_px": (640, 640), "measured": CARD,
    }  # fmt: skip
    return Manifest(**{**parts, **changes})


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    store(manifest(), DATA, tmp_path / "models")
    read = manifests(tmp_path / "models")["festival"]
    assert read.model_copy(update={"measured": None}) == manifest(measured=None)
    assert read.measured == {"n": 3, "recall": 0.5, "f1": 0.1, "by_height_px": [{"from": 8, "recall": 0.5}]}
    (guest,) = guests_named(["festival"], tmp_path / "models")
    assert Path(guest.path).read_bytes() == DATA
    assert (guest.class_ids, guest.mask_score) == ((0,), 0.1)


def test_a_detector_that_is_added_again_leaves_one_file(tmp_path: Path) -> None:
    store(manifest(), DATA, tmp_path)
    store(manifest(data=b"newer"), b"newer", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [file_name("festival", b"newer"), "festival.toml"]


def test_names_that_begin_alike_do_not_touch_each_other(tmp_path: Path) -> None:
    store(manifest("festival-2"), DATA, tmp_path)
    store(manifest(), DATA, tmp_path)
    remove("festival", tmp_path)
    assert list(manifests(tmp_path)) == ["festival-2"]
    assert state_of_guest(manifests(tmp_path)["festival-2"], tmp_path) is FileState.IN_PLACE


@pytest.mark.parametrize("step", [0, 1])
def test_a_write_that_breaks_off_leaves_the_detector_as_it_was(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(manifest(), DATA, tmp_path)
    done = 0
    whole = Path.replace

    def breaks(path: Path, target: Path) -> Path:
        nonlocal done
        done += 1
        if done > step:
            raise OSError(28, "No space left on device")
        return whole(path, target)

    monkeypatch.setattr(Path, "replace", breaks)
    with pytest.raises(BadInputError, match="No space left on device"):
        store(manifest(data=b"newer"), b"newer", tmp_path)
    (guest,) = guests_named(["festival"], tmp_path)
    assert Path(guest.path).read_bytes() == DATA


def test_no_folder_holds_no_detector(tmp_path: Path) -> None:
    assert manifests(tmp_path / "none") == {}
    assert guests_named([], tmp_path / "none") == ()


@pytest.mark.parametrize(("data", "state"), [(None, FileState.MISSING), (b"another", FileState.WRONG_HASH)])
def test_a_file_that_is_missing_or_changed_is_told(data: bytes | None, state: FileState, tmp_path: Path) -> None:
    store(manifest(), DATA, tmp_path)
    path = tmp_path / manifest().file
    path.unlink() if data is None else path.write_bytes(data)
    assert state_of_guest(manifest(), tmp_path) is state
    with pytest.raises(ModelError, match="remove festival and add it again"):
        guests_named(["festival"], tmp_path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("sha256 = ", "sha257 = "), "sha256: Field required"),
        (('name = "festival"', 'name = "other"'), "is the manifest of other"),
        (("class_ids = [0]", "class_ids = []"), "class_ids"),
        (("input_px", "= ="), "is no manifest of a detector"),
        (('file = "festival-', 'file = "../festival-'), "file: String should match"),
    ],
)
def test_a_damaged_manifest_is_one_line_that_says_how_to_mend_it(
    change: tuple[str, str], says: str, tmp_path: Path
) -> None:
    store(manifest(), DATA, tmp_path)
    path = tmp_path / "festival.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(BadInputError, match=says) as caught:
        manifests(tmp_path)
    assert "models remove festival" in str(caught.value)
    assert "\n" not in str(caught.value)
    remove("festival", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    store(manifest(), DATA, tmp_path)
    with pytest.raises(BadInputError, match=r"no detector 'carnival' \(there: festival\)"):
        guests_named(["carnival"], tmp_path)
    for name in ("carnival", "../festival"):
        with pytest.raises(BadInputError, match="to remove; there: festival"):
            remove(name, tmp_path)
    with pytest.raises(BadInputError, match="at most 4"):
        guests_named(list("abcde"), tmp_path)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    store(manifest(), DATA, tmp_path)
    refuse_taken("festival", DATA, tmp_path)
    with pytest.raises(BadInputError, match="another network has this name"):
        refuse_taken("festival", b"newer", tmp_path)
    with pytest.raises(BadInputError, match="of the station's own"):
        refuse_taken("person", DATA, tmp_path)


def test_the_folder_lies_outside_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "groundstation" / "models"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_folder() == Path.home() / ".local" / "share" / "groundstation" / "models"


PLAIN = st.one_of(
    st.text(), st.integers(-(2**53), 2**53), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)
LEAF = st.one_of(PLAIN, st.lists(st.text(), max_size=3))
TABLE = st.dictionaries(st.text(), LEAF, max_size=4)


@given(st.dictionaries(st.text(), st.one_of(LEAF, TABLE, st.lists(TABLE, min_size=1, max_size=3)), max_size=5))
def test_tables_are_read_as_they_were_written(table: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(table)) == table
