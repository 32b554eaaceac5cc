"""Guarantee 6 holds on this build, and each part of its proof finds what is planted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proofs import absence
from proofs.absent.allowed import allowed
from proofs.absent.bill import distribution_faults, normalised, plug_faults
from proofs.absent.footage import FRAMES, Footage, written
from proofs.absent.loaded import Loaded, NothingToldError, loaded_faults, package_of, worker_loaded
from proofs.absent.networks import network_faults, stray_in_room, stray_networks
from proofs.absent.sabotage import careless, unchecked
from proofs.absent.tracks import heard_live, output_faults, planted_faults, read_through
from proofs.row import Proven, Trial
from tests.vision.test_models_own import own_card
from vision.models.card import ModelError, model_cards
from vision.models.store import models_dir, verified_bytes

LISTS = allowed()


@pytest.fixture(scope="module")
def weights() -> None:
    try:
        for key in LISTS.roles & model_cards().keys():
            verified_bytes(key, models_dir())
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def proven(weights: None) -> Proven:
    return absence.proved(Trial(quick=True, seed=1, told=lambda _: None))


@pytest.mark.model
def test_the_proof_holds_on_this_build(proven: Proven) -> None:
    assert proven.finding.holds, proven.finding.evidence
    assert proven.finding.figures["other_packets_read"] == 0
    carried = proven.finding.figures["other_packets_carried"]
    assert isinstance(carried, int)
    assert carried > 300


@pytest.mark.model
def test_all_that_the_control_plants_is_found(proven: Proven) -> None:
    assert not proven.control_finding.holds, proven.control_finding.evidence
    planted = proven.control_finding.figures["planted"]
    assert planted == proven.control_finding.figures["found"]
    assert isinstance(planted, int)
    assert planted >= 18


@pytest.mark.model
def test_one_foreign_module_breaks_the_proof(weights: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # only the source is foreign; what two processes have loaded was tried above
    innocent = Loaded(modules=frozenset(), libraries=frozenset(), output=b"")
    monkeypatch.setattr(absence, "installed_sources", lambda: iter([("vision.gait", "import torch")]))
    monkeypatch.setattr(absence, "worker_loaded", lambda _: innocent)
    monkeypatch.setattr(absence, "station_loaded", lambda: innocent)
    monkeypatch.setattr(absence, "came_out_faults", lambda _: iter(()))
    found = absence.proved(Trial(quick=True, seed=1, told=lambda _: None)).finding
    assert not found.holds
    assert "torch" in found.evidence


@pytest.mark.parametrize(
    "name", ["insightface", "Face_Recognition", "easyocr", "openai.whisper", "opencv-contrib-python"]
)
def test_a_package_that_must_be_absent_is_found(name: str) -> None:
    assert list(distribution_faults({"numpy", normalised(name)}, LISTS))


def test_a_plug_in_is_found_and_the_station_s_own_are_not() -> None:
    own = {(group, name, value) for group, table in LISTS.entry_points.items() for name, value in table.items()}
    assert list(plug_faults(own, LISTS)) == []
    for plug in (("groundstation.commands", "demo", "elsewhere:demo"), ("pydantic", "any", "any:plugin")):
        assert list(plug_faults({*own, plug}, LISTS))


@pytest.mark.parametrize(
    ("who", "module", "library"),
    [
        ("worker", "torch.nn", ""),
        ("worker", "groundstation.app", ""),
        ("worker", "proofs.row", ""),
        ("station", "cv2", ""),
        ("station", "vision.raw.source", ""),
        ("station", "sitl.demo", ""),
        ("worker", "os", "/opt/v/lib/python3.11/site-packages/torch/lib/libc10.so"),
        ("worker", "os", "/usr/lib/libtesseract.so.5"),
        ("station", "os", "/opt/v/lib/python3.11/site-packages/av.libs/libavcodec.so"),
    ],
)
def test_what_must_not_be_in_memory_is_found(who: str, module: str, library: str) -> None:
    loaded = Loaded(modules=frozenset({"os", module}), libraries=frozenset({library} - {""}), output=b"")
    assert list(loaded_faults(who, loaded, LISTS))


def test_what_belongs_in_memory_is_no_fault() -> None:
    libraries = frozenset(
        {"/usr/lib/libc.so.6", "/v/lib/site-packages/av.libs/libavcodec.so", "/v/lib-dynload/_ssl.so"}
    )
    loaded = Loaded(modules=frozenset({"os.path", "vision.gate", "numpy.linalg"}), libraries=libraries, output=b"")
    assert list(loaded_faults("worker", loaded, LISTS)) == []
    assert package_of("/v/lib/python3.11/site-packages/numpy/_core/x.so") == "numpy"


def test_a_process_that_does_not_come_to_its_end_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToldError):
        worker_loaded(absence.order_for(tmp_path / "absent.mp4"))


@pytest.mark.model
def test_a_loader_that_asks_no_hash_is_found(weights: None) -> None:
    assert list(network_faults(LISTS)) == []
    assert any("flipped" in fault for fault in network_faults(LISTS, load=unchecked))


@pytest.mark.model
def test_a_network_that_says_more_of_a_place_is_found(weights: None) -> None:
    assert any("numbers" in fault for fault in network_faults(replace(LISTS, most_numbers=4)))


@pytest.mark.model
def test_a_detector_for_a_role_that_is_not_allowed_is_found(weights: None) -> None:
    assert any("face" in fault for fault in network_faults(replace(LISTS, roles=LISTS.roles - {"face"})))


def test_a_network_that_nobody_listed_is_found(tmp_path: Path) -> None:
    (tmp_path / "person.onnx").touch()
    assert list(stray_networks(tmp_path, {"person.onnx"}, LISTS)) == []
    (tmp_path / "gait.pt").touch()
    assert list(stray_networks(tmp_path, {"person.onnx"}, LISTS))


def test_a_network_of_our_own_is_listed_by_its_place_and_its_bytes(tmp_path: Path) -> None:
    card = own_card(tmp_path, b"own")
    manifest = tmp_path / "manifest.toml"
    assert list(stray_in_room(tmp_path, LISTS, manifest=manifest)) == []
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / card.file).write_bytes(b"own")
    assert len(list(stray_in_room(tmp_path, LISTS, manifest=manifest))) == 1
    (tmp_path / card.file).write_bytes(b"else")
    assert len(list(stray_in_room(tmp_path, LISTS, manifest=manifest))) == 2


@pytest.mark.parametrize("kind", [Footage(".mp4", "aac"), Footage(".ts", "mp2", telemetry=True)])
def test_the_source_reads_nothing_but_the_picture(tmp_path: Path, kind: Footage) -> None:
    path = written(tmp_path / f"clip{kind.suffix}", kind)
    read = read_through(path)
    assert (read.frames, read.packets, read.decoders) == (FRAMES, 0, 0)
    assert read.carried > 40
    assert read_through(path, opened=careless).packets > 0


def test_of_a_live_stream_only_the_pose_in_its_klv_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "clip.ts", Footage(".ts", "mp2", telemetry=True))
    heard = heard_live(path)
    assert (heard.klv, heard.others) == (FRAMES, 0)
    assert b"lat_deg" in heard.told
    assert list(absence.heard_faults(heard)) == []
    assert [(one.klv, one.others) for one in absence.unasked([path])] == [(0, 0), (0, 0)]
    leaky = replace(heard, told=heard.told + b"planted-words-4711", others=3)
    assert len(list(absence.heard_faults(leaky))) == 2
    assert list(absence.heard_faults(replace(heard, klv=0)))


def test_a_careless_reader_of_a_live_stream_is_found(tmp_path: Path) -> None:
    path = written(tmp_path / "clip.ts", Footage(".ts", "mp2", telemetry=True))
    heard = heard_live(path, opened=lambda name: careless(Path(name)))
    assert heard.others > 0
    assert list(absence.heard_faults(heard))


def test_footage_passed_on_is_found(tmp_path: Path) -> None:
    data = written(tmp_path / "clip.mp4", Footage(".mp4", "aac")).read_bytes()
    faults = " ".join(output_faults(data))
    for sign in ("audio", "location", "creation_time", "handler_name", "planted-words"):
        assert sign in faults
    assert list(planted_faults(b"nothing")) == []


def test_a_worker_that_shows_no_picture_is_a_fault() -> None:
    assert list(absence.came_out_faults(b"")) == ["no picture came out of the worker"]
