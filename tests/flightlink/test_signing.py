"""What a signature proves, and that nothing without one moves anything."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import all as dialect

from flightlink.errors import LinkError
from flightlink.links.admission.key_file import load_key
from flightlink.links.admission.refusals import Refused
from flightlink.links.admission.signing import Guard
from flightlink.links.admission.stamps import AHEAD, StampBook, stamp_book_at
from flightlink.links.hub import Hub, Peer
from flightlink.mavlink.framing import Frame, only_frame
from flightlink.mavlink.voice import Voice
from tests.flightlink.packets import FakeVehicle
from tests.flightlink.signed import NOW, NOW_NS, SECOND, SECRET, guard_of, signed


def frame(raw: bytes) -> Frame:
    found = only_frame(raw)
    assert found is not None
    return found


def refusal(guard: Guard, raw: bytes, *, now_ns: int = NOW_NS) -> Refused | None:
    return guard.refusal(frame(raw), now_ns)


def test_a_good_signature_counts_once() -> None:
    guard, vehicle = guard_of(), FakeVehicle()
    raw = signed(vehicle.heartbeat(), NOW)
    assert refusal(guard, raw) is None
    assert refusal(guard, raw) is Refused.REPLAYED
    assert refusal(guard, signed(vehicle.heartbeat(), NOW - 1)) is Refused.REPLAYED
    assert refusal(guard, signed(vehicle.heartbeat(), NOW + 1)) is None


def test_pymavlinks_signature_is_ours() -> None:
    vehicle = FakeVehicle()
    signing = vehicle.mavlink.signing
    signing.secret_key, signing.sign_outgoing, signing.timestamp, signing.link_id = SECRET, True, NOW, 3
    assert refusal(guard_of(), vehicle.attitude(5)) is None


def test_streams_are_apart_by_system_component_and_link() -> None:
    guard = guard_of()
    for system_id, component_id, link_id in ((1, 1, 0), (1, 1, 1), (1, 2, 0), (2, 1, 0)):
        vehicle = FakeVehicle(system_id=system_id, component_id=component_id)
        assert refusal(guard, signed(vehicle.heartbeat(), NOW, link_id=link_id)) is None


def test_a_forged_packet_from_the_far_future_locks_nobody_out() -> None:
    guard, vehicle = guard_of(), FakeVehicle()
    assert refusal(guard, signed(vehicle.heartbeat(), 2**48 - 1, secret=bytes(32))) is Refused.WRONG_SIGNATURE
    assert refusal(guard, signed(vehicle.heartbeat(), NOW)) is None


def test_a_packet_from_the_far_future_with_the_right_key_locks_nobody_out() -> None:
    guard, vehicle = guard_of(), FakeVehicle()
    assert refusal(guard, signed(vehicle.heartbeat(), NOW + 61 * SECOND)) is Refused.SIGNED_IN_THE_FUTURE
    assert refusal(guard, signed(vehicle.heartbeat(), NOW + 59 * SECOND)) is None
    assert refusal(guard, signed(vehicle.heartbeat(), NOW + 59 * SECOND + 1)) is None


def test_a_stream_never_heard_begins_no_more_than_a_minute_ago() -> None:
    guard, vehicle = guard_of(), FakeVehicle()
    assert refusal(guard, signed(vehicle.heartbeat(), NOW - 61 * SECOND)) is Refused.SIGNED_LONG_AGO
    assert refusal(guard, signed(vehicle.heartbeat(), NOW - 59 * SECOND)) is None


@given(st.integers(0, 200), st.integers(1, 255))
def test_one_flipped_bit_is_no_signature(place: int, mask: int) -> None:
    raw = signed(FakeVehicle().attitude(5), NOW)
    hurt = bytearray(raw)
    hurt[-1 - place % 13] ^= mask
    assert refusal(guard_of(), bytes(hurt)) is Refused.WRONG_SIGNATURE


def test_nothing_unsigned_counts_but_what_radios_write() -> None:
    guard, vehicle = guard_of(), FakeVehicle(system_id=51, component_id=68)
    radio = vehicle.packed(dialect.MAVLink_radio_status_message(100, 100, 50, 20, 20, 0, 0))
    assert refusal(guard, radio) is None
    assert refusal(guard, vehicle.heartbeat()) is Refused.UNSIGNED
    old = vehicle.packed(vehicle.mavlink.heartbeat_encode(2, 3, 0, 0, 0), version_1=True)
    assert guard.refusal(Frame(0, 51, 68, 0, old), NOW_NS) is Refused.UNSIGNED


def test_with_signing_an_unsigned_or_forged_vehicle_is_not_taken_in() -> None:
    hub, vehicle = Hub({}), FakeVehicle()
    peer = Peer(name="a", send=lambda _: None, speaks_first=True, link="l", guard=guard_of())
    forged = signed(vehicle.heartbeat(), NOW, secret=b"x" * 32)
    radio = vehicle.packed(dialect.MAVLink_radio_status_message(100, 100, 50, 20, 20, 0, 0))
    for raw in (vehicle.heartbeat(), forged, radio):
        hub.receive(peer, raw, NOW_NS, is_datagram=True)
    assert hub.trackers == {}
    assert not peer.is_vouched
    assert hub.refused_on("l") == {"unsigned": 1, "wrong_signature": 1}
    hub.receive(peer, signed(vehicle.heartbeat(), NOW), NOW_NS, is_datagram=True)
    assert set(hub.trackers) == {1}
    hub.receive(peer, radio, NOW_NS, is_datagram=True)
    assert hub.trackers[1].state(NOW_NS).loss_share == 0


def test_what_was_heard_before_a_restart_is_refused_after_it(tmp_path: Path) -> None:
    path, vehicle = tmp_path / "made" / "stamps.json", FakeVehicle()
    raw, later = signed(vehicle.heartbeat(), NOW), signed(vehicle.heartbeat(), NOW + 1)
    guard = guard_of(stamp_book_at(path))
    assert refusal(guard, raw) is None
    guard.close()
    again = guard_of(stamp_book_at(path))
    assert refusal(again, raw) is Refused.REPLAYED
    assert refusal(again, later) is None


def test_after_a_crash_a_replay_is_refused_and_the_vehicle_is_heard_seconds_later(tmp_path: Path) -> None:
    path, vehicle = tmp_path / "stamps.json", FakeVehicle()
    guard, heard = guard_of(stamp_book_at(path)), [signed(vehicle.heartbeat(), NOW + step) for step in range(0, 900, 9)]
    assert {refusal(guard, raw) for raw in heard} == {None}
    again = guard_of(stamp_book_at(path))
    assert {refusal(again, raw) for raw in heard} == {Refused.REPLAYED}
    assert refusal(again, signed(vehicle.heartbeat(), NOW + AHEAD + 900)) is None


def test_stamps_that_cannot_be_kept_let_nothing_through() -> None:
    def full(_: Mapping[str, int]) -> None:
        raise OSError(28, "no space")

    guard = guard_of(StampBook({}, full))
    assert refusal(guard, signed(FakeVehicle().heartbeat(), NOW)) is Refused.STAMPS_NOT_KEPT
    assert guard.next_stamp(NOW_NS) is None
    assert Voice(secret=SECRET, next_stamp=lambda: guard.next_stamp(NOW_NS)).heartbeat() == b""


def test_signers_are_bounded() -> None:
    guard, seen = guard_of(), set()
    for number in range(300):
        vehicle = FakeVehicle(system_id=number % 250 + 1, component_id=number // 250 + 1)
        seen.add(refusal(guard, signed(vehicle.heartbeat(), NOW)))
    assert seen == {None, Refused.TOO_MANY_SIGNERS}


def test_our_own_stamps_only_rise_also_when_the_clock_is_set_back_and_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "stamps.json"
    guard = guard_of(stamp_book_at(path))
    stamps = [guard.next_stamp(now_ns) for now_ns in (NOW_NS, NOW_NS, NOW_NS - 10**12, NOW_NS + 10**9)]
    guard.close()
    stamps.append(guard_of(stamp_book_at(path)).next_stamp(NOW_NS))
    numbers = [stamp for stamp in stamps if stamp is not None]
    assert len(numbers) == 5
    assert numbers == sorted(set(numbers))


def test_our_own_words_are_signed() -> None:
    guard, theirs = guard_of(), guard_of()
    voice = Voice(secret=SECRET, link_id=7, next_stamp=lambda: guard.next_stamp(NOW_NS))
    for raw in (voice.heartbeat(), voice.timesync(NOW_NS), voice.message_once(1, 1, message_id=148)):
        assert refusal(theirs, raw) is None
        assert raw[-13] == 7


@pytest.mark.parametrize("content", ["{", "[]", '{"1/1/0": "x"}', '{"1/1/0": -1}', "\x00"])
def test_damaged_stamps_are_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "stamps.json"
    path.write_text(content)
    with pytest.raises(LinkError, match="damaged") as caught:
        stamp_book_at(path)
    assert "\n" not in str(caught.value)


def test_the_stamps_hold_nothing_of_the_key(tmp_path: Path) -> None:
    guard = guard_of(stamp_book_at(tmp_path / "stamps.json"))
    assert refusal(guard, signed(FakeVehicle().heartbeat(), NOW)) is None
    assert set(json.loads((tmp_path / "stamps.json").read_text())) == {"1/1/0"}
    assert SECRET.hex() not in repr(guard.key)
    assert "secret" not in repr(guard.key)


def key_file(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    path = folder / "link.key"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_key_is_a_passphrase_or_64_digits(tmp_path: Path) -> None:
    assert load_key(key_file(tmp_path, "a passphrase\n")).secret == SECRET
    assert load_key(key_file(tmp_path, SECRET.hex() + "\n")).secret == SECRET


@pytest.mark.parametrize(
    ("text", "mode"), [("x", 0o640), ("x", 0o604), ("", 0o600), ("a\nb", 0o600), ("a" * 5000, 0o600)]
)
def test_a_key_that_others_read_or_that_is_none_is_one_line_without_the_key(
    tmp_path: Path, text: str, mode: int
) -> None:
    with pytest.raises(LinkError) as caught:
        load_key(key_file(tmp_path, text, mode=mode))
    assert "\n" not in str(caught.value)
    assert "aaaa" not in str(caught.value)


def test_a_key_that_is_no_file_is_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "missing", tmp_path, tmp_path / "pipe"):
        with pytest.raises(LinkError, match=r"signing key|cannot be read"):
            load_key(path)
