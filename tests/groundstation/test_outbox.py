import asyncio

import pytest

from groundstation.outbox import (
    MAX_FRAGMENTS,
    MAX_LIVE_READERS,
    SILENT_NS,
    Outbox,
    TooManyReadersError,
    Topic,
    VideoShelf,
)
from vision.frames import FrameMaker, Media, RedactedFrame


def frame(
    sequence: int,
    *,
    media: Media = Media.FMP4_FRAGMENT,
    keyframe: bool = False,
    source: str = "north",
    closed_because: str = "",
) -> RedactedFrame:
    return RedactedFrame(
        source=source, sequence=sequence, utc_ns=sequence * 1_000_000_000, media=media, keyframe=keyframe,
        width_px=64, height_px=48, closed_because=closed_because, data=b"%s %d" % (media.value.encode(), sequence),
        made_by=FrameMaker.GATE,
    )  # fmt: skip


def started_shelf() -> VideoShelf:
    shelf = VideoShelf()
    shelf.put(frame(0, media=Media.FMP4_INIT))
    for number in (1, 2, 3, 4):
        shelf.put(frame(number, keyframe=number == 3))
    return shelf


async def test_a_viewer_starts_at_the_newest_keyframe() -> None:
    with started_shelf().reader() as subscription:
        assert subscription is not None
        init, reader = subscription
        assert init == b"fmp4_init 0"
        assert [await reader.fragment(), await reader.fragment()] == [b"fmp4_fragment 3", b"fmp4_fragment 4"]


async def test_a_slow_viewer_is_dropped_to_the_newest_keyframe_and_the_quick_one_loses_nothing() -> None:
    shelf = started_shelf()
    with shelf.reader() as first, shelf.reader() as second:
        assert first is not None
        assert second is not None
        slow, quick = first[1], second[1]
        seen = [await quick.fragment(), await quick.fragment()]
        for number in range(5, 5 + MAX_FRAGMENTS):
            shelf.put(frame(number))
            seen.append(await quick.fragment())
        assert slow.drops == 1
        keyframe = 5 + MAX_FRAGMENTS
        shelf.put(frame(keyframe, keyframe=True))
        seen.append(await quick.fragment())
        assert await slow.fragment() == b"fmp4_fragment %d" % keyframe
        assert seen == [b"fmp4_fragment %d" % number for number in range(3, keyframe + 1)]
        assert quick.drops == 0


async def test_a_run_longer_than_the_shelf_makes_newcomers_wait_for_a_keyframe() -> None:
    shelf = started_shelf()
    for number in range(5, 10 + MAX_FRAGMENTS):
        shelf.put(frame(number))
    with shelf.reader() as subscription:
        assert subscription is not None
        shelf.put(frame(900))
        shelf.put(frame(901, keyframe=True))
        assert await subscription[1].fragment() == b"fmp4_fragment 901"


async def test_a_lost_stream_leaves_no_picture_standing() -> None:
    shelf = started_shelf()
    shelf.put(frame(4, media=Media.JPEG))
    with shelf.reader() as subscription:
        assert subscription is not None
        shelf.clear()
        assert await subscription[1].fragment() is None
    assert shelf.snapshot_at(4_000_000_000, max_age_s=5) is None
    with shelf.reader() as nothing:
        assert nothing is None


async def test_a_stream_that_falls_silent_is_interrupted_and_goes_on_at_the_next_keyframe() -> None:
    shelf = started_shelf()
    shelf.put(frame(4, media=Media.JPEG))
    with shelf.reader() as subscription:
        assert subscription is not None
        shelf.end_if_silent(10**9)
        shelf.put(frame(5))
        shelf.end_if_silent(2 * 10**9)
        shelf.end_if_silent(2 * 10**9 + SILENT_NS - 1)
        assert await subscription[1].fragment() is not None
        shelf.end_if_silent(2 * 10**9 + SILENT_NS)
        assert await subscription[1].fragment() is None
    assert shelf.snapshot_at(4_000_000_000, max_age_s=5) is None
    with shelf.reader() as again:
        assert again is not None
        shelf.end_if_silent(9 * 10**9)
        shelf.put(frame(6))
        shelf.put(frame(7, keyframe=True))
        assert await again[1].fragment() == b"fmp4_fragment 7"


async def test_fill_overtakes_what_a_slow_viewer_has_not_seen() -> None:
    with started_shelf().reader() as subscription:
        assert subscription is not None
        reader = subscription[1]
        reader.put(frame(5, keyframe=True, closed_because="stale_pose"))
        reader.put(frame(6, closed_because="stale_pose"))
        assert [await reader.fragment(), await reader.fragment()] == [b"fmp4_fragment 5", b"fmp4_fragment 6"]


def test_when_the_gate_closes_the_last_open_snapshot_goes() -> None:
    shelf = started_shelf()
    shelf.put(frame(4, media=Media.JPEG))
    shelf.put(frame(5))
    assert shelf.snapshot_at(4_000_000_000, max_age_s=5) is not None
    shelf.put(frame(6, closed_because="stale_pose"))
    assert shelf.snapshot_at(4_000_000_000, max_age_s=5) is None
    fill = frame(7, media=Media.JPEG, closed_because="stale_pose")
    shelf.put(fill)
    shelf.put(frame(8, closed_because="stale_pose"))
    assert shelf.snapshot_at(7_000_000_000, max_age_s=5) is fill


async def test_a_new_stream_ends_the_viewers_of_the_old_one() -> None:
    shelf = started_shelf()
    with shelf.reader() as subscription:
        assert subscription is not None
        shelf.put(frame(0, media=Media.FMP4_INIT))
        assert await subscription[1].fragment() is None


def test_an_old_snapshot_is_not_live() -> None:
    shelf = started_shelf()
    shelf.put(frame(4, media=Media.JPEG))
    assert shelf.snapshot_at(8_000_000_000, max_age_s=5) is not None
    assert shelf.snapshot_at(10_000_000_000, max_age_s=5) is None


async def test_a_live_reader_gets_the_newest_of_each_topic_once() -> None:
    outbox = Outbox(("north",))
    outbox.put(Topic.DENSITY, {"type": "FeatureCollection", "people": 1})
    with outbox.live_reader() as reader:
        outbox.put(Topic.DENSITY, {"type": "FeatureCollection", "people": 2})
        outbox.put(Topic.HEALTH, {"status": "ok"})
        assert sorted(await reader.texts()) == [
            '{"status":"ok","type":"health"}',
            '{"type":"density","people":2}',
        ]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.texts(), 0.02)
    assert outbox.document(Topic.DENSITY) == {"type": "FeatureCollection", "people": 2}


def test_a_number_that_is_not_finite_never_lies_on_the_shelf() -> None:
    outbox = Outbox(())
    with pytest.raises(ValueError, match="JSON"):
        outbox.put(Topic.DENSITY, {"people": float("nan")})
    assert outbox.document(Topic.DENSITY) is None


def test_a_frame_of_an_unknown_camera_is_refused() -> None:
    with pytest.raises(KeyError):
        Outbox(("north",)).put_frame(frame(1, source="elsewhere"))


def test_readers_are_bounded() -> None:
    outbox = Outbox(())
    readers = [outbox.live_reader() for _ in range(MAX_LIVE_READERS)]
    for reader in readers:
        reader.__enter__()
    with pytest.raises(TooManyReadersError), outbox.live_reader():
        pass
    readers[0].__exit__(None, None, None)
    with outbox.live_reader():
        pass
