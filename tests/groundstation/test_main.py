import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from flightlink.errors import LinkError, MissionError
from groundstation.__main__ import exit_status, main
from groundstation.errors import BadInputError, RefusedError, SourceFailedError, StationError, WorkerLostError
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML, MISSION_TOML


def station(*words: str, stdin: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-I", "-m", "groundstation", *words)
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInputError("x"), 2),
        (MissionError("x"), 2),
        (LinkError("x"), 2),
        (RefusedError("x"), 3),
        (SourceFailedError(cause="bad_input", detail="x"), 2),
        (SourceFailedError(cause="models", detail="x"), 1),
        (WorkerLostError("x"), 1),
        (StationError("x"), 1),
    ],
)
def test_each_kind_of_error_has_its_status(error: Exception, status: int) -> None:
    assert exit_status(error) == status


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["redact"], "IN, OUT"),
        (["redact", "in.mp4", "out.mp4", "--level", "none"], "strict"),
        (["redact", "missing.mp4", "out.mp4"], "missing.mp4"),
        (["redact", "rtsp://192.0.2.1/main", "out.mp4"], "address"),
        (["redact", "/dev/null", "out.mp4"], "no regular file"),
        (["redact", "nothing.mp4", "out.mp4"], "is empty"),
        (["redact", ".", "out.mp4"], "no regular file"),
        (["redact", "clip.mp4", "clip.mp4"], "the source itself"),
        (["redact", "clip.mp4", "out.avi"], ".mp4"),
        (["redact", "photo.png", "out.png"], ".jpg"),
        (["redact", "clip.mp4", "out.mp4", "--camera", "flying.toml"], "no fixed pose"),
        (["redact", "clip.mp4", "out.mp4", "--camera", "empty.toml"], "width_px"),
        (["redact", "clip.mp4", "out.mp4", "--telemetry", "flight.srt", "--camera", "flying.toml"], "no telemetry"),
        (["redact", "clip.mp4", "out.mp4", "--telemetry", "clip.mp4", "--camera", "flying.toml"], "MAVLink log"),
        (["redact", "clip.mp4", "out.mp4", "--camera", "fixed.toml", "--mission", "mission.toml"], "--video-starts"),
        (["redact", "clip.mp4", "out.mp4", "--video-starts", "noon"], "2026-07-14T18:00:00Z"),
        (["replay", "--video", "clip.mp4", "--out", "out"], "where the camera was"),
        (["run", "missing.toml"], "missing.toml"),
        (["run", "bare.toml"], "--mission FILE"),
        (["run", "empty.toml"], "camera: missing"),
        (["georeference", "--at", "2026-07-14T18:00:00Z"], "--telemetry"),
        (["georeference", "--image", "photo.png", "--pixel", "1,1"], "no picture"),
        (["evaluate", "people", "--truth", "missing.jsonl", "--video", "clip.mp4"], "missing.jsonl"),
        (["evaluate", "people", "--truth", "clip.mp4"], "--images"),
        (["report", "--out", "r.html", "--from-density", "clip.mp4"], "no JSON"),
        (["report", "--out", "r.html", "--from-density", "missing.geojson"], "(No such file or directory); check"),
        (["report", "--out", "r.html", "--url", "http://example.org"], "this machine"),
        (["bench", "--only", "nothing"], "start"),
    ],
)
def test_wrong_usage_and_bad_input_end_with_2_and_one_line(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "clip.mp4": "no video", "nothing.mp4": "", "photo.png": "no picture", "flight.srt": "1\n", "empty.toml": "",
        "flying.toml": CAMERA_TOML, "fixed.toml": FIXED_POSE_TOML, "mission.toml": f"[mission]\n{MISSION_TOML}",
        "bare.toml": '[[camera]]\nname = "north"\nvideo = "clip.mp4"\nfile = "fixed.toml"\n',
    }.items():  # fmt: skip
        Path(name).write_text(text)
    try:
        status = main(words)
    except SystemExit as ended:  # argparse's own way out
        status = int(ended.code or 0)
    out, err = capsys.readouterr()
    told_lines = [line for line in err.splitlines() if line.startswith("groundstation")]
    assert (status, out) == (2, "")
    assert len(told_lines) == 1
    assert told in told_lines[0]
    assert "Traceback" not in err
    assert not Path("out.mp4").exists()


def test_a_mission_that_has_ended_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fixed.toml").write_text(FIXED_POSE_TOML)
    (tmp_path / "station.toml").write_text(
        f'[[camera]]\nname = "north"\nvideo = "clip.mp4"\nfile = "fixed.toml"\n[mission]\n{MISSION_TOML}'.replace(
            "2026-07-14", "2020-07-14"
        )
    )
    assert main(["run", str(tmp_path / "station.toml")]) == 3
    assert capsys.readouterr().err == (
        "groundstation: the mission ended 2020-07-14T21:00:00.000Z; nothing may be looked at any more; "
        "a new one is needed\n"
    )


def test_help_names_every_command_and_each_command_shows_an_example() -> None:
    text = station("--help").stdout
    for command in ("run", "replay", "redact", "georeference", "evaluate", "bench", "report", "models", "demo"):
        assert f" {command}" in text
    for command in ("run", "replay", "redact", "georeference", "evaluate", "bench", "report", "models"):
        assert f"example:  groundstation {command}" in station(command, "--help").stdout


POINT = {
    "id": "a", "lat_deg": 48.857, "lon_deg": 2.352, "alt_m": 60, "ground_alt_m": 0, "yaw_deg": 0, "pitch_deg": -90,
    "roll_deg": 0, "width_px": 1920, "height_px": 1080, "fx_px": 1371, "fy_px": 1371, "cx_px": 960, "cy_px": 540,
    "u_px": 960, "v_px": 540,
}  # fmt: skip


def test_georeference_answers_each_line_and_a_bad_line_too() -> None:
    done = station("georeference", stdin=json.dumps(POINT) + "\n\nnot json\n")
    point, fault = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert (point["id"], point["lat_deg"], point["slant_range_m"]) == ("a", 48.857, 60.0)
    assert fault["error"] == "invalid"


def test_a_byte_that_is_no_text_spoils_its_own_line_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = b"\xff\xfe\n" + json.dumps(POINT).encode() + b"\r\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8", errors="strict"))
    assert main(["georeference"]) == 0
    fault, point = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (fault["error"], point["id"]) == ("invalid", "a")


def test_georeference_answers_before_the_next_question() -> None:
    command = (sys.executable, "-I", "-m", "groundstation", "georeference")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        for name in ("first", "second"):
            asked.stdin.write(json.dumps({**POINT, "id": name}) + "\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline())["id"] == name
        asked.stdin.close()
        assert asked.wait(20) == 0


def test_a_reader_that_has_enough_is_no_traceback() -> None:
    lines = (json.dumps(POINT) + "\n") * 5000
    command = f"{sys.executable} -I -m groundstation georeference | head -n 1"
    done = subprocess.run(command, shell=True, input=lines, capture_output=True, text=True, timeout=60, check=False)  # noqa: S602
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_models_list_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["key"] for row in rows} >= {"person", "face"}
    assert all(len(row["sha256"]) == 64 and row["licence"] for row in rows)
    assert all((row["state"], row["in_place"]) == ("in place", True) and row["size_bytes"] > 10**6 for row in rows)
    assert {row["key"]: row["figures"] for row in rows}["person"]["pets2009_recall"] == 0.91


@pytest.mark.parametrize("as_json", [True, False])
def test_models_list_tells_a_wrong_hash_from_a_missing_file_and_does_not_end_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    monkeypatch.setattr("groundstation.detector_list.models_dir", lambda: tmp_path)
    (tmp_path / "person.onnx").write_bytes(b"another network")
    assert main(["models", "list", *["--json"][: int(as_json)]]) == 1
    told = capsys.readouterr()
    if as_json:
        rows = {row["key"]: row for row in json.loads(told.out)}
        assert (rows["person"]["state"], rows["person"]["size_bytes"]) == ("wrong hash", 15)
        assert (rows["face"]["state"], rows["face"]["size_bytes"]) == ("missing", None)
        assert not any(row["in_place"] for row in rows.values())
    else:
        states = {line.split()[0]: line.rsplit("; ", 1)[1] for line in told.out.splitlines()}
        assert (states["person"], states["face"]) == ("wrong hash", "missing")
    assert "person: wrong hash" in told.err
    assert "make setup" in told.err
    assert told.err.count("\n") == 1


def test_a_fault_of_the_machine_is_one_line_and_no_trace() -> None:
    with Path("/dev/full").open("w") as full:
        command = (sys.executable, "-I", "-m", "groundstation", "georeference")
        done = subprocess.run(command, input="{}\n", stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("groundstation: No space left on device; check the disk")
    assert done.stderr.count("\n") == 1


def test_closed_standard_input_is_told() -> None:
    command = f"exec {sys.executable} -I -m groundstation georeference <&-"
    done = subprocess.run(("sh", "-c", command), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("groundstation: standard input is closed; give JSON lines")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T23:59:59Z"])
def test_an_instant_of_no_flight_is_wrong_usage(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["georeference", "--telemetry", "x", "--pixel", "1,1", "--at", text])
    assert "between 1970 and 2199" in capsys.readouterr().err
