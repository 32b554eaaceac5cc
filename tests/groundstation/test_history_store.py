"""History on the disk: what was kept comes back, half a record is dropped, other damage is told, and all is bounded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.errors import BadInputError, NotKeptError
from groundstation.exercise import MARK_FILE
from groundstation.history.history import ON_DISK, Bounds, DensityHistory, history_in
from groundstation.history.record import DamagedError, framed, packed, records, told_of, unpacked
from groundstation.history.shelves import HISTORY_FOLDER, SEGMENT_S, FolderShelf
from groundstation.instants import NS_PER_S, text_from_utc_ns

START_NS = 1_784_052_000 * NS_PER_S


def document(utc_ns: int, *, people: float = 12.0, level: str = "dense", **more: Any) -> dict[str, Any]:
    cell = {
        "cell": "5/1/2", "state": "observed", "level": level, "observed_share": 1.0, "age_s": 0.4, "sources": ["north"],
    }  # fmt: skip
    return {
        "utc": text_from_utc_ns(utc_ns), "people": people, "people_sigma": 2.0, "observed_share": 0.5, "epsg": 2154,
        "suppressed_at_most": 6, "frozen": False, "features": [{"properties": cell}], **more,
    }  # fmt: skip


def at(seconds: float) -> int:
    return START_NS + round(seconds * NS_PER_S)


def filled(folder: Path, seconds: int, *, every_s: int = 10) -> DensityHistory:
    history = history_in(folder, utc_ns=START_NS)
    for second in range(0, seconds, every_s):
        history.put(at(second), document(at(second), people=float(second)))
    return history


def people(history: DensityHistory) -> list[float]:
    return [one["people"] for one in history.between(0, 2**62, step_s=0)]


def newest_file(folder: Path) -> Path:
    return max((folder / HISTORY_FOLDER).iterdir())


def test_what_was_kept_comes_back_after_a_restart_and_goes_on(tmp_path: Path) -> None:
    before = filled(tmp_path, 60)
    again = history_in(tmp_path, utc_ns=at(60))
    assert again.told == before.told
    assert people(again) == [0, 10, 20, 30, 40, 50]
    again.put(at(60), document(at(60), people=60.0))
    assert people(history_in(tmp_path, utc_ns=at(60)))[-1] == 60
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / HISTORY_FOLDER).iterdir())


def test_nothing_is_written_but_the_published_map_and_its_totals(tmp_path: Path) -> None:
    filled(tmp_path, 10)
    data = newest_file(tmp_path).read_bytes()
    (placed,) = records(data)
    assert unpacked(data[placed.offset : placed.offset + placed.length]) == document(START_NS, people=0.0)
    assert placed.told == told_of(START_NS, document(START_NS, people=0.0))


def test_a_replay_keeps_nothing_on_the_disk(tmp_path: Path) -> None:
    history = history_in(None, utc_ns=START_NS)
    history.put(START_NS, document(START_NS))
    assert people(history) == [12.0]
    assert list(tmp_path.iterdir()) == []


def test_half_a_record_at_the_end_is_dropped_at_every_byte(tmp_path: Path) -> None:
    filled(tmp_path, 30)
    path = newest_file(tmp_path)
    whole = path.read_bytes()
    ends = [placed.end for placed in records(whole)]
    for size in range(ends[1] + 1, ends[2], 7):
        path.write_bytes(whole[:size])
        history = history_in(tmp_path, utc_ns=at(30))
        assert people(history) == [0, 10]
        assert path.read_bytes() == whole[: ends[1]]
    history.put(at(30), document(at(30), people=30.0))
    assert people(history_in(tmp_path, utc_ns=at(30))) == [0, 10, 30]


def test_a_last_record_of_zeros_or_of_other_bytes_is_dropped(tmp_path: Path) -> None:
    filled(tmp_path, 30)
    path = newest_file(tmp_path)
    whole = path.read_bytes()
    ends = [placed.end for placed in records(whole)]
    for tail in (bytes(4096), whole[ends[1] : ends[2] - 40] + bytes(40)):
        path.write_bytes(whole[: ends[1]] + tail)
        assert people(history_in(tmp_path, utc_ns=at(30))) == [0, 10]


@pytest.mark.parametrize("where", [2, 9, 40, 200])
def test_other_damage_is_told_with_its_file_and_how_to_mend_it(tmp_path: Path, where: int) -> None:
    filled(tmp_path, 30)
    path = newest_file(tmp_path)
    data = bytearray(path.read_bytes())
    data[where] ^= 0x55
    path.write_bytes(bytes(data))
    with pytest.raises(BadInputError, match=rf"{path.name}: is damaged at byte 0 .*; move the folder away") as error:
        history_in(tmp_path, utc_ns=at(30))
    assert "\n" not in str(error.value)


def test_a_file_in_the_middle_must_be_whole(tmp_path: Path) -> None:
    filled(tmp_path, 2 * SEGMENT_S, every_s=60)
    first = min((tmp_path / HISTORY_FOLDER).iterdir())
    first.write_bytes(first.read_bytes()[:-3])
    with pytest.raises(BadInputError, match=f"{first.name}: is damaged"):
        history_in(tmp_path, utc_ns=at(2 * SEGMENT_S))


def test_a_strange_file_and_maps_out_of_order_are_told(tmp_path: Path) -> None:
    filled(tmp_path, 20)
    path = newest_file(tmp_path)
    (path.parent / "copy.maps").write_bytes(b"")
    with pytest.raises(BadInputError, match="is no file of the history"):
        history_in(tmp_path, utc_ns=at(20))
    (path.parent / "copy.maps").unlink()
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(BadInputError, match="not in order"):
        history_in(tmp_path, utc_ns=at(20))


def test_an_exercise_and_a_real_event_are_never_mixed(tmp_path: Path) -> None:
    filled(tmp_path, 20)
    (tmp_path / MARK_FILE).write_text('{"exercise": true}')
    with pytest.raises(BadInputError, match="is of a real event; give each a state_dir of its own"):
        history_in(tmp_path, utc_ns=at(20))


def test_it_is_bounded_in_time_and_the_files_are_gone(tmp_path: Path) -> None:
    history = filled(tmp_path, ON_DISK.kept_s + 2 * SEGMENT_S, every_s=300)
    newest_ns = history.told[-1].utc_ns
    assert history.told[0].utc_ns >= newest_ns - ON_DISK.kept_s * NS_PER_S
    files = list((tmp_path / HISTORY_FOLDER).iterdir())
    assert min(int(path.stem) for path in files) > newest_ns - (ON_DISK.kept_s + SEGMENT_S) * NS_PER_S
    assert len(history_in(tmp_path, utc_ns=newest_ns + (ON_DISK.kept_s + 1) * NS_PER_S)) == 0
    assert list((tmp_path / HISTORY_FOLDER).iterdir()) == [], "erased though no new map came"


def test_large_maps_are_kept_more_seldom_so_that_the_whole_time_has_room(tmp_path: Path) -> None:
    bounds = Bounds(kept_s=3600, max_bytes=20_000)
    history = DensityHistory(FolderShelf(tmp_path / HISTORY_FOLDER), bounds=bounds)
    for second in range(0, 7200, 10):
        history.put(at(second), document(at(second)))
    held = sum(len(packed(document(one.utc_ns))) for one in history.told)
    assert held <= bounds.max_bytes
    assert history.told[-1].utc_ns - history.told[0].utc_ns > 0.9 * bounds.kept_s * NS_PER_S
    assert history.interval_s > 10


def test_maps_of_a_clock_that_was_set_back_leave_the_disk_too(tmp_path: Path) -> None:
    history = filled(tmp_path, SEGMENT_S + 100)
    history.put(at(45), document(at(45), people=-45.0))
    history.put(at(55), document(at(55), people=-55.0))
    assert people(history) == [0, 10, 20, 30, 40, -55]
    assert people(history_in(tmp_path, utc_ns=at(60))) == [0, 10, 20, 30, 40, -55]


def test_a_map_that_was_erased_meanwhile_is_left_out(tmp_path: Path) -> None:
    history = filled(tmp_path, 30)
    chosen = history.chosen(0, 2**62, step_s=0)
    newest_file(tmp_path).unlink()
    assert history.documents(chosen) == []


async def test_a_full_disk_is_told_once_and_the_station_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    history = history_in(tmp_path, utc_ns=START_NS)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as here:
        here.setattr(FolderShelf, "_write", full)
        for second in (0, 10, 20):
            await history.keep(at(second), document(at(second)))
        with pytest.raises(NotKeptError, match=r"cannot be written .No space left on device.; make room"):
            history.put(at(30), document(at(30)))
    assert len([record for record in caplog.records if "history_fails" in record.getMessage()]) == 1
    await history.keep(at(40), document(at(40)))
    assert people(history_in(tmp_path, utc_ns=at(40))) == [12.0]


async def test_following_keeps_what_is_published_until_the_mission_ends(tmp_path: Path) -> None:
    history = history_in(tmp_path, utc_ns=START_NS)
    newest: list[dict[str, Any] | None] = [None]
    task = asyncio.create_task(history.follow(lambda: newest[0], lambda: at(100)))
    for one in (document(at(0)), document(at(20)), document(at(40), frozen=True)):
        newest[0] = one
        await asyncio.sleep(1.2)
    task.cancel()
    assert [one.utc_ns for one in history.told] == [at(0), at(20)]


@given(st.lists(st.binary(max_size=200), max_size=5), st.data())
def test_records_are_read_as_they_were_written_and_a_cut_is_torn(bodies: list[bytes], data: st.DataObject) -> None:
    told = told_of(START_NS, document(START_NS))
    written = [framed(told, body)[0] for body in bodies]
    whole = b"".join(written)
    assert [whole[one.offset : one.offset + one.length] for one in records(whole)] == bodies
    size = data.draw(st.integers(0, len(whole)))
    ends = [0, *(one.end for one in records(whole))]
    if size not in ends:
        with pytest.raises(DamagedError) as error:
            list(records(whole[:size]))
        assert error.value.is_torn


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        found = list(records(data))
    except DamagedError:
        return
    assert sum(one.end for one in found[-1:]) == len(data)
