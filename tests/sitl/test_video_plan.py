"""The `[video]` table of a world file, and addresses: what is read, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flightlink.toml_fields import TableReader
from sitl.world.errors import WorldError
from sitl.world.video_plan import VideoPlan, address_from, refuse_unfit, video_plan
from sitl.world.world import World


def test_a_world_without_the_table_has_the_usual_plan(world: World) -> None:
    assert world.video == VideoPlan()


def plan_of(**table: object) -> VideoPlan:
    return video_plan(TableReader(where="w.toml [video]", table=table, error=WorldError))


def test_a_plan_is_read_and_absent_is_the_usual_one() -> None:
    assert video_plan(None) == plan_of() == VideoPlan()
    found = plan_of(transport="rtsp", metadata="sei", crf=28, kbit_per_s=900)
    assert found == VideoPlan(transport="rtsp", metadata="sei", crf=28, kbit_per_s=900)


@pytest.mark.parametrize(
    "table",
    [{"transport": "srt"}, {"metadata": "srt"}, {"transport": 3}, {"crf": 5}, {"crf": 21.5}, {"kbit_per_s": 99},
     {"transport": "rtp", "metadata": "klv"}],
)  # fmt: skip
def test_a_hole_in_a_plan_is_one_line(table: dict[str, object]) -> None:
    with pytest.raises(WorldError) as caught:
        plan_of(**table)
    assert str(caught.value).startswith("w.toml [video]: ")
    assert "\n" not in str(caught.value)


def test_the_scheme_picks_the_transport_and_the_plan_where_there_is_none() -> None:
    texts = ["udp://127.0.0.1:5600", "rtp://127.0.0.1:5004?sdp=a.sdp", "rtsp://localhost:8554/D1"]
    assert [address_from(text, VideoPlan()).transport for text in texts] == ["mpegts", "rtp", "rtsp"]
    found = address_from("127.0.0.1:8554/D1", VideoPlan(transport="rtsp"))
    assert (found.transport, found.host, found.port, found.name) == ("rtsp", "127.0.0.1", 8554, "D1")
    assert address_from(texts[1], VideoPlan()).sdp == Path("a.sdp")


@pytest.mark.parametrize(
    "text",
    ["srt://127.0.0.1:5600", "udp://127.0.0.1", "udp://:5600", "udp://127.0.0.1:0", "udp://127.0.0.1:65535",
     "udp://host.example:5600", "udp://[::1]:5600", "udp://[", "rtp://127.0.0.1:5004", "rtsp://127.0.0.1:8554",
     "rtsp://127.0.0.1:8554/a/b", "udp://127.0.0.1:5600/D1", "udp://127.0.0.1:5600?ttl=3", "", "udp://127.0.0.1:x"],
)  # fmt: skip
def test_an_address_that_means_nothing_is_one_line(text: str) -> None:
    with pytest.raises(WorldError) as caught:
        address_from(text, VideoPlan())
    assert str(caught.value).startswith(f"--video {text}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "metadata", "allow_remote", "words"),
    [
        ("udp://192.0.2.7:5600", "none", False, "--remote-video"),
        ("rtsp://192.0.2.7:8554/D1", "none", True, "served on 127.0.0.1 only"),
        ("rtsp://127.0.0.1:8554/D1", "klv", False, "MPEG-TS only"),
    ],
)
def test_what_must_not_be_sent_is_refused(text: str, metadata: Any, allow_remote: bool, words: str) -> None:
    plan = VideoPlan(metadata=metadata)
    with pytest.raises(WorldError, match=words):
        refuse_unfit(address_from(text, plan), plan, allow_remote=allow_remote)


def test_another_machine_gets_video_on_demand() -> None:
    refuse_unfit(address_from("udp://192.0.2.7:5600", VideoPlan()), VideoPlan(), allow_remote=True)
