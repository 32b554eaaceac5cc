import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.recorded.flight import FlightPoses
from groundstation.commands.arguments import frames_text
from groundstation.commands.replay import _people_text
from groundstation.errors import BadInputError, RefusedError, SourceFailedError, WorkerLostError
from groundstation.flight import FIRST_POSE, GIVEN, NO_TIME, FlightFiles, file_order, load_flight
from groundstation.recording import Worked, redact_file
from groundstation.replay import replay
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML, MISSION_TOML
from tests.groundstation.fake_worker import HEALTH, OPENED

Fake = Callable[[str], tuple[str, ...]]
STARTS_NS = 1_784_052_000_000_000_000
"""2026-07-14T18:00:00Z"""


@pytest.fixture
def files(tmp_path: Path) -> FlightFiles:
    (tmp_path / "clip.mp4").write_bytes(b"opened by the worker alone")
    (tmp_path / "cam.toml").write_text(FIXED_POSE_TOML)
    (tmp_path / "mission.toml").write_text(f"[mission]\n{MISSION_TOML}")
    return FlightFiles(
        video=tmp_path / "clip.mp4", camera=tmp_path / "cam.toml", mission=tmp_path / "mission.toml",
        video_starts_utc_ns=STARTS_NS,
    )  # fmt: skip


def test_replay_writes_video_map_report_and_summary(files: FlightFiles, tmp_path: Path, fake_worker: Fake) -> None:
    out = tmp_path / "deep" / "out"
    summary = replay(load_flight(files), out, command=fake_worker("whole"))
    assert sorted(path.name for path in out.iterdir()) == [
        "density.geojson", "redacted.mp4", "report.html", "summary.json",
    ]  # fmt: skip
    assert (out / "redacted.mp4").read_bytes() == b"init+1+2+3"
    assert json.loads((out / "summary.json").read_text()) == summary
    assert summary["video_starts"] == {"utc": "2026-07-14T18:00:00.000Z", "source": GIVEN}
    assert (summary["frames_in"], summary["frames_out"], summary["density_bound_px_per_m"]) == (3, 2, 20.0)
    assert summary["map"]["people"] == pytest.approx(30, abs=0.5)
    cells = [feature["properties"] for feature in json.loads((out / "density.geojson").read_text())["features"]]
    assert [cell["people"] for cell in cells if cell["people"]] == [30.0]
    assert "<html" in (out / "report.html").read_text()


def test_without_a_time_no_date_is_made_up(files: FlightFiles, tmp_path: Path, fake_worker: Fake) -> None:
    undated = load_flight(FlightFiles(video=files.video, camera=files.camera))
    summary = replay(undated, tmp_path, command=fake_worker("whole"))
    assert (summary["video_starts"]["utc"], summary["map"]["utc"]) == (None, None)
    assert json.loads((tmp_path / "density.geojson").read_text())["utc"] is None
    assert "1970-01" not in (tmp_path / "report.html").read_text()


def test_a_cut_photo_says_so(
    files: FlightFiles, tmp_path: Path, fake_worker: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, data in (("whole", b"\xff\xd8 picture \xff\xd9 and more"), ("cut", b"\xff\xd8 pict")):
        photo = tmp_path / f"{name}.jpg"
        photo.write_bytes(data)
        flight = load_flight(dataclasses.replace(files, video=photo))
        redact_file(flight, tmp_path / "redacted.jpg", command=fake_worker("photo"))
        assert ("the picture is cut" in capsys.readouterr().err) is (name == "cut")


def test_replay_measures_counts_against_truth(files: FlightFiles, tmp_path: Path, fake_worker: Fake) -> None:
    # 60 m above, looking down at 500 px: the middle of the picture stands on the camera's own leaf
    box = [314.5, 200.0, 10.0, 40.0, "person"]
    truth = tmp_path / "truth.jsonl"
    truth.write_text("".join(
        json.dumps({"frame": number, "width": 640, "height": 480, "boxes": [box] * 25}) + "\n" for number in range(3)
    ))  # fmt: skip
    figures = replay(load_flight(files), tmp_path / "out", truth=truth, command=fake_worker("whole"))["truth"]
    assert (figures["frames"], figures["people"]) == (3, 75)
    assert figures["count_error"] == pytest.approx(5 / 25)
    assert figures["count_bias"] == pytest.approx(5 / 25)
    assert figures["foot_to_cell_m"] == {"median": 0.0, "p90": 0.0}


def test_redact_writes_the_whole_file_or_none(files: FlightFiles, tmp_path: Path, fake_worker: Fake) -> None:
    out = tmp_path / "redacted.mp4"
    worked = redact_file(load_flight(files), out, command=fake_worker("whole"))
    assert out.read_bytes() == b"init+1+2+3"
    figures = worked.as_json()
    assert set(figures) >= {
        "frames_in", "frames_out", "frames_withheld", "seconds", "fps", "masked_share", "density_bound_px_per_m",
    }  # fmt: skip
    assert figures["fps"] == pytest.approx(3 / worked.seconds, rel=0.02)


@pytest.mark.parametrize(
    ("way", "error"),
    [
        ("bad_input", SourceFailedError),
        ("crash", WorkerLostError),
        ("models", SourceFailedError),
        ("chatty", BadInputError),
    ],
)
def test_a_failed_recording_leaves_nothing_behind(
    files: FlightFiles, tmp_path: Path, fake_worker: Fake, way: str, error: type[Exception]
) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error):
        redact_file(load_flight(files), tmp_path / "redacted.mp4", command=fake_worker(way))
    assert sorted(tmp_path.iterdir()) == before


def test_a_recording_that_the_mission_withholds_whole_is_refused(
    files: FlightFiles, tmp_path: Path, fake_worker: Fake
) -> None:
    with pytest.raises(RefusedError, match="mission_ended"):
        redact_file(load_flight(files), tmp_path / "redacted.mp4", command=fake_worker("withheld"))
    assert not (tmp_path / "redacted.mp4").exists()


def test_an_image_becomes_one_jpeg(tmp_path: Path, fake_worker: Fake) -> None:
    (tmp_path / "photo.png").write_bytes(b"opened by the worker alone")
    flight = load_flight(FlightFiles(video=tmp_path / "photo.png"))
    redact_file(flight, tmp_path / "redacted.jpg", command=fake_worker("photo"))
    assert (tmp_path / "redacted.jpg").read_bytes() == b"jpeg"


def test_a_video_under_the_name_of_a_picture_is_told(tmp_path: Path, fake_worker: Fake) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"opened by the worker alone")
    flight = load_flight(FlightFiles(video=tmp_path / "photo.jpg"))
    with pytest.raises(BadInputError, match=r"photo\.jpg: is a video .* end its name in \.mp4"):
        redact_file(flight, tmp_path / "redacted.jpg", command=fake_worker("whole"))
    assert not (tmp_path / "redacted.jpg").exists()


def test_a_replay_that_saw_nothing_says_so_and_bears_its_time(
    files: FlightFiles, tmp_path: Path, fake_worker: Fake
) -> None:
    summary = replay(load_flight(files), tmp_path / "out", command=fake_worker("blind"))
    assert (summary["map"]["utc"], summary["map"]["observed_share"]) == ("2026-07-14T18:00:00.000Z", 0.0)
    assert "nothing of the zone was seen" in (tmp_path / "out" / "report.html").read_text()
    assert summary["telemetry"] is None


@pytest.mark.parametrize(
    ("share", "people", "words"),
    [(0.0, 0.0, "nothing of the zone was seen"), (0.5, 0.0, "fewer than 5 people"), (0.5, 30.4, "30 people")],
)
def test_the_sentence_of_a_replay_has_no_figure_where_the_map_has_none(share: float, people: float, words: str) -> None:
    assert _people_text({"observed_share": share, "people": people}).startswith(words)


def test_the_sentence_names_each_cause_of_a_withheld_frame() -> None:
    figures = {"frames_in": 9, "frames_out": 6, "frames_withheld": 3, "withheld_because": {"no_pose": 1, "lag": 2}}
    assert frames_text(figures) == "9 frames in, 6 out, 3 withheld (lag 2, no_pose 1)"


def test_the_summary_tells_what_the_log_lacked(files: FlightFiles, tmp_path: Path, fake_worker: Fake) -> None:
    flight = load_flight(files)
    poses = FlightPoses(
        poses=(), refusals={"stale_pose": 4}, first_utc_ns=STARTS_NS, last_utc_ns=STARTS_NS + 10**9, system_id=7,
        truncated=True,
    )  # fmt: skip
    summary = replay(dataclasses.replace(flight, telemetry=poses), tmp_path / "out", command=fake_worker("whole"))
    assert summary["telemetry"] == {
        "system_id": 7, "from_utc": "2026-07-14T18:00:00.000Z", "to_utc": "2026-07-14T18:00:01.000Z", "poses": 0,
        "without_pose": {"stale_pose": 4}, "truncated": True,
    }  # fmt: skip


def test_a_video_after_the_mission_is_refused_before_a_worker_starts(files: FlightFiles) -> None:
    late = FlightFiles(
        video=files.video, camera=files.camera, mission=files.mission,
        video_starts_utc_ns=STARTS_NS + 4 * 3600 * 1_000_000_000,
    )  # fmt: skip
    with pytest.raises(RefusedError, match="it ended 2026-07-14T21:00:00"):
        load_flight(late)


def test_without_a_time_a_fixed_camera_says_so(files: FlightFiles) -> None:
    flight = load_flight(FlightFiles(video=files.video, camera=files.camera))
    assert (flight.video_starts_utc_ns, flight.video_starts_source) == (0, NO_TIME)
    assert flight.epsg == 2154
    assert file_order(flight, counts=True).fixed_pose is not None
    assert (file_order(flight, counts=True).epsg, file_order(flight, counts=False).epsg) == (2154, None)


@pytest.mark.data
def test_a_recorded_flight_begins_at_its_first_complete_pose(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    (tmp_path / "cam.toml").write_text(CAMERA_TOML)
    flight = load_flight(
        FlightFiles(
            video=tmp_path / "clip.mp4",
            telemetry=shared / "data" / "sitl_tlog" / "sitl_v1.tlog",
            camera=tmp_path / "cam.toml",
        )
    )
    assert flight.video_starts_source == FIRST_POSE
    assert flight.video_starts_utc_ns == flight.poses[0].utc_ns
    assert flight.epsg == 32755
    assert len(flight.poses) > 3000


@pytest.mark.parametrize(
    ("announced", "missing", "is_cut"), [(None, 0, False), (3, 0, False), (5, 2, False), (6, 3, True), (2, 0, False)]
)
def test_a_file_that_holds_fewer_frames_than_it_announces_is_told(
    announced: int | None, missing: int, *, is_cut: bool
) -> None:
    worked = Worked(opened=replace(OPENED, frames=announced), health=HEALTH, seconds=1.0)
    assert (worked.frames_missing, worked.is_cut) == (missing, is_cut)
    assert worked.as_json()["frames_missing"] == missing
