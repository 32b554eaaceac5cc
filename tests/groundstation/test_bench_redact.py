"""The benchmark of `redact`: its clips, its peer, the turns that the programs take, and its arithmetic."""

import json
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.camera_file import load_camera
from groundstation.__main__ import main
from groundstation.benchmarks import clips, redact
from groundstation.benchmarks.clips import Clip, camera_of_size, camera_text, clips_in, stretched
from groundstation.benchmarks.deface import SLOW_ENGINE, deface_program, engine_of
from groundstation.benchmarks.floor import Recoding, recoded
from groundstation.benchmarks.timing import Run, module_command, timed
from groundstation.errors import BadInputError, StationError
from maps.camera import rays_from_image
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML

LENS_TOML = FIXED_POSE_TOML + "distortion = [-0.16, 0.07, 0.0005, -0.0003, -0.03]\n"
SIGMA_TOML = "[sigma]\nhorizontal_m = 0.2\nvertical_m = 0.3\nyaw_deg = 0.4\npitch_deg = 0.5\nroll_deg = 0.6\n"


def gradient_video(path: Path, *, frames: int, width_px: int = 160, height_px: int = 120) -> Path:
    """A small video of moving shades; nobody in it."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        for number in range(frames):
            shades = np.add.outer(np.arange(height_px), np.arange(width_px) + 3 * number) % 256
            picture = np.repeat(shades.astype(np.uint8)[..., None], 3, axis=2)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode(None))
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    (tmp_path / "lens.toml").write_text(LENS_TOML)
    return Clip(name="shades", video=gradient_video(tmp_path / "shades.avi", frames=8), camera=tmp_path / "lens.toml")


def run(seconds: float, *, cpu_seconds: float = 1.0, out: str = "") -> Run:
    return Run(seconds=seconds, cpu_seconds=cpu_seconds, out=out)


def timings(ours_s: list[float], deface_s: list[float], floor_s: list[float]) -> redact.Timings:
    runs = {"ours": ours_s, "deface": deface_s, "floor": floor_s}
    return redact.Timings(
        frames=100, masked_share=0.1, deface_engine="x", runs={name: [run(s) for s in of] for name, of in runs.items()}
    )


def test_frames_per_second_and_ratios_are_of_the_medians() -> None:
    figures = redact.clip_figures(timings([4.0, 6.0, 5.0], [19.0, 20.0, 90.0], [1.0, 1.0, 1.0]))
    assert (figures["ours_fps"], figures["deface_fps"], figures["floor_fps"]) == (20.0, 5.0, 100.0)
    assert (figures["ratio_to_deface"], figures["ratio_to_floor"]) == (4.0, 0.2)


def test_the_worst_clip_gives_the_ratios_at_the_top() -> None:
    figures = redact.figures_of({"a": timings([1], [5], [0.5]), "b": timings([1], [3], [0.7])})
    assert (figures["ratio_to_deface"], figures["ratio_to_floor"]) == (3.0, 0.5)
    assert set(figures["clips"]) == {"a", "b"}


def test_every_figure_of_a_clip_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
    figures = redact.figures_of({"a": timings([1], [5], [0.5])})
    assert [name for name in [*figures, *figures["clips"]["a"]] if f"`{name}`" not in page] == []


@pytest.mark.parametrize(("ours", "deface"), [(7, 8), (8, 7), (0, 8), (8, 9)])
def test_unequal_work_is_not_compared(clip: Clip, ours: int, deface: int) -> None:
    with pytest.raises(StationError, match="no ratio is honest"):
        redact.refuse_unequal_work(clip, 8, ours=ours, deface=deface)


def note(journal: Path, name: str, then: str) -> tuple[str, ...]:
    """Return a program that writes down when it begins and ends."""
    code = (
        f"import shutil, time; journal = open({str(journal)!r}, 'a', buffering=1)\n"
        f"print('{name} begins', file=journal); time.sleep(0.05)\n{then}\nprint('{name} ends', file=journal)"
    )
    return sys.executable, "-I", "-c", code


def turns(journal: Path, clip: Clip, *, deface_out: Path) -> dict[str, tuple[str, ...]]:
    copies = f"shutil.copy({str(clip.video)!r}, {str(deface_out)!r}); print('Running on CPUExecutionProvider.')"
    return {
        "ours": note(journal, "ours", """print('{"frames_out": 8, "masked_share": 0.25}')"""),
        "deface": (*note(journal, "deface", copies), str(deface_out)),
        "floor": note(journal, "floor", """print('{"frames": 8}')"""),
    }


def test_the_programs_take_turns_and_never_run_together(clip: Clip, tmp_path: Path) -> None:
    journal, told = tmp_path / "journal", list[str]()
    found = redact.clip_timings(clip, turns(journal, clip, deface_out=tmp_path / "deface.avi"), 2, told.append)
    turns_taken = ["ours", "deface", "floor", "ours", "floor"]
    assert journal.read_text().splitlines() == [f"{name} {what}" for name in turns_taken for what in ("begins", "ends")]
    assert (found.frames, found.masked_share) == (8, 0.25)
    assert found.deface_engine == "ONNX Runtime, CPUExecutionProvider"
    assert len(told) == 5


def test_a_peer_that_ends_well_without_a_video_is_no_result(clip: Clip, tmp_path: Path) -> None:
    commands = turns(tmp_path / "journal", clip, deface_out=tmp_path / "deface.avi")
    commands["deface"] = (sys.executable, "-I", "-c", "", str(tmp_path / "deface.avi"))
    with pytest.raises(StationError, match="wrote no video"):
        redact.clip_timings(clip, commands, 1, lambda _: None)


def test_the_slow_engine_is_told() -> None:
    assert engine_of("Input:  a.mp4\nRunning on CPUExecutionProvider.\n") == "ONNX Runtime, CPUExecutionProvider"
    assert engine_of("Input:  Running on a.mp4\nOutput: b.mp4\n") == SLOW_ENGINE


def test_the_program_on_the_path_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("path", "beside"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "deface").write_text("#!/bin/sh\n")
        (tmp_path / folder / "deface").chmod(0o755)
    beside = tmp_path / "beside" / "deface"
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert deface_program(beside) == tmp_path / "path" / "deface"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert deface_program(beside) == beside
    beside.chmod(0o644)
    with pytest.raises(BadInputError):
        deface_program(beside)


def test_without_deface_one_line_names_make_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(redact, "deface_program", lambda: deface_program(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["bench", "--only", "redact"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "make bench" in err


def test_the_floor_gives_every_frame_again(clip: Clip, tmp_path: Path) -> None:
    out = tmp_path / "again.mp4"
    told = timed(module_command("groundstation.benchmarks.floor", clip.video, out)).out
    assert json.loads(told)["frames"] == 8
    assert 0 < json.loads(told)["cpu_s"] < 20
    with av.open(str(clip.video)) as before, av.open(str(out)) as after:
        stream = after.streams.video[0]
        assert (stream.codec_context.name, stream.frames, str(stream.average_rate)) == ("h264", 8, "10")
        pairs = zip(before.decode(video=0), after.decode(video=0), strict=True)
        for one, other in pairs:
            differs = one.to_ndarray(format="gray").astype(int) - other.to_ndarray(format="gray")
            assert np.abs(differs).mean() < 6


def test_an_odd_picture_loses_its_last_row(tmp_path: Path) -> None:
    video = gradient_video(tmp_path / "odd.avi", frames=2, width_px=162, height_px=121)
    assert recoded(video, tmp_path / "even.mp4", Recoding()) == 2
    with av.open(str(tmp_path / "even.mp4")) as made:
        assert (made.streams.video[0].codec_context.width, made.streams.video[0].codec_context.height) == (162, 120)


def test_the_floor_of_no_video_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(StationError, match=r"status 2: floor: .*text\.mp4: is no video"):
        timed(module_command("groundstation.benchmarks.floor", tmp_path / "text.mp4", tmp_path / "out.mp4"))


@given(
    u_px=st.floats(-0.5, 639.5), v_px=st.floats(-0.5, 479.5), width_px=st.integers(64, 4096),
    height_px=st.integers(64, 4096),
)  # fmt: skip
def test_a_stretched_camera_sees_the_same_along_the_same_ray(
    tmp_path_factory: pytest.TempPathFactory, u_px: float, v_px: float, width_px: int, height_px: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "lens.toml"
    path.write_text(LENS_TOML)
    camera = load_camera(path)
    larger = camera_of_size(camera, (width_px, height_px))
    assert camera.fixed_pose is not None
    assert larger.fixed_pose is not None
    # a picture's edges, half a pixel outside the centres of its outer pixels, stay its edges
    u_large, v_large = (u_px + 0.5) * width_px / 640 - 0.5, (v_px + 0.5) * height_px / 480 - 0.5
    before = rays_from_image(camera.fixed_pose, np.array([u_px]), np.array([v_px]))
    after = rays_from_image(larger.fixed_pose, np.array([u_large]), np.array([v_large]))
    np.testing.assert_allclose(after, before, atol=1e-9)


@pytest.mark.parametrize("sigma", ["", SIGMA_TOML])
def test_a_camera_file_says_the_same_again(tmp_path: Path, sigma: str) -> None:
    (tmp_path / "first.toml").write_text(LENS_TOML + sigma)
    first = load_camera(tmp_path / "first.toml")
    (tmp_path / "again.toml").write_text(camera_text(first))
    assert load_camera(tmp_path / "again.toml") == first


def test_a_flying_camera_makes_no_clip(clip: Clip, tmp_path: Path) -> None:
    clip.camera.write_text(CAMERA_TOML)
    with pytest.raises(BadInputError, match="fixed pose"):
        stretched(clip, tmp_path, name="large", size_px=(320, 240), frames=3)


def test_the_stretched_clip_is_the_beginning_at_the_size_asked_for(clip: Clip, tmp_path: Path) -> None:
    made = stretched(clip, tmp_path, name="large", size_px=(320, 180), frames=3)
    with av.open(str(made.video)) as video:
        stream = video.streams.video[0]
        assert (stream.frames, stream.codec_context.width, stream.codec_context.height) == (3, 320, 180)
        mean = np.mean([frame.to_ndarray(format="gray").mean() for frame in video.decode(video=0)])
    assert 80 < mean < 180
    assert load_camera(made.camera).intrinsics.fy_px == pytest.approx(500.0 * 180 / 480)


@pytest.mark.data
def test_the_recording_is_taken_where_it_is_there(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "MADE_FRAMES", 2)
    whole, large = clips_in(tmp_path)
    assert whole.video == shared / "data" / "opencv_videos" / "vtest.avi"
    assert load_camera(large.camera).intrinsics.fx_px == pytest.approx(2.5 * 1185.0013)
    assert redact.frames_in_file(large.video) == 2


def test_without_the_recording_the_clips_are_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSTATION_SHARED", str(tmp_path))
    monkeypatch.setattr(clips, "SMALL_PX", (320, 180))
    monkeypatch.setattr(clips, "LARGE_PX", (640, 360))
    monkeypatch.setattr(clips, "MADE_FRAMES", 2)
    made = clips_in(tmp_path / "out")
    assert [clip.name for clip in made] == ["rendered_180p", "rendered_360p"]
    assert [redact.frames_in_file(clip.video) for clip in made] == [2, 2]
    assert [load_camera(clip.camera).intrinsics.width_px for clip in made] == [320, 640]


@pytest.mark.model
def test_the_real_programs_on_a_short_rendered_clip(tmp_path: Path) -> None:
    try:
        deface = deface_program()
    except BadInputError as error:
        pytest.skip(str(error))
    clip = clips.rendered(tmp_path, (640, 360), frames=4)
    found = redact.clip_timings(clip, redact.commands_of(clip, deface, tmp_path), 1, lambda _: None)
    figures = redact.clip_figures(found)
    assert found.frames == 4
    assert 0.005 < figures["masked_share"] < 0.5
    assert all(cpu_s > 0 for cpu_s in figures["cpu_seconds"].values())
    assert (tmp_path / "floor.mp4").stat().st_size > 0
