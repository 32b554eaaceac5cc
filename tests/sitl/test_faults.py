"""Faults: what a file may say of them, and what a wire makes of datagrams."""

import collections
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitl.faulty.commands import take_line
from sitl.faulty.wire import MOST_HELD, Wire
from sitl.world.errors import WorldError
from sitl.world.fault_file import BOOT_LASTS_S, FIGURES, fault_from_json, fault_from_text
from sitl.world.faults import MOST_FAULTS, Fault, FaultBoard, FaultKind
from sitl.world.file import load_world
from sitl.world.world import World

DEMO = Path(__file__).parents[2] / "sitl" / "worlds" / "demo.toml"
GROUND = DEMO.parent.parent / "grounds"


def board(*faults: Fault, seed: int = 7) -> FaultBoard:
    return FaultBoard(faults, vehicle="D1", seed=seed)


def sent(wire: Wire, count: int, *, every_s: float = 0.01, from_s: float = 0.0) -> list[tuple[float, bytes]]:
    """Send numbered datagrams and return what arrived, in order."""
    out = []
    for number in range(count):
        t_s = from_s + number * every_s
        wire.enter(t_s, number.to_bytes(2, "big"))
        out += wire.leave(t_s)
    return out + wire.leave(1e9)


@st.composite
def wire_faults(draw: st.DrawFn) -> Fault:
    kind = draw(st.sampled_from(["loss", "delay", "reorder", "duplicate", "link_loss"]))
    return Fault(
        kind=FaultKind(kind),
        from_s=draw(st.floats(0, 1)),
        lasts_s=draw(st.floats(0, 2)),
        share=draw(st.floats(0, 1)),
        mean_s=draw(st.floats(0, 1)),
        spread_s=draw(st.floats(0, 0.5)),
        by_s=draw(st.floats(0, 0.5)),
    )


@given(faults=st.lists(wire_faults(), max_size=4), seed=st.integers(0, 9), data=st.lists(st.binary(), max_size=60))
def test_nothing_is_invented_and_nothing_changed(faults: list[Fault], seed: int, data: list[bytes]) -> None:
    def fate() -> list[tuple[float, bytes]]:
        wire = Wire(board(*faults, seed=seed), "down")
        out = []
        for number, datagram in enumerate(data):
            wire.enter(number * 0.03, datagram)
            out += wire.leave(number * 0.03)
        return out + wire.leave(1e9)

    arrived = fate()
    assert fate() == arrived, "the same seed, the same fate"
    assert [t_s for t_s, _ in arrived] == sorted(t_s for t_s, _ in arrived)
    counts, most = collections.Counter(arrived_data for _, arrived_data in arrived), collections.Counter(data)
    copies = 1 + sum(fault.kind is FaultKind.DUPLICATE for fault in faults)
    assert all(counts[datagram] <= copies * most[datagram] for datagram in counts)
    if not any(fault.kind in {FaultKind.LOSS, FaultKind.LINK_LOSS} for fault in faults):
        assert all(counts[datagram] >= most[datagram] for datagram in most), "nothing is lost without a reason"


def test_without_faults_everything_arrives_at_once_and_in_order() -> None:
    assert sent(Wire(board(), "down"), 3) == [(0.0, b"\0\0"), (0.01, b"\0\1"), (0.02, b"\0\2")]


def test_loss_takes_its_share_and_only_while_it_lasts() -> None:
    fault = Fault(kind=FaultKind.LOSS, share=0.3, from_s=2, lasts_s=10)
    arrived = [t_s for t_s, _ in sent(Wire(board(fault), "down"), 2000)]
    assert sum(t_s < 2 for t_s in arrived) == 200
    assert sum(t_s >= 12 for t_s in arrived) == 800
    assert sum(2 <= t_s < 12 for t_s in arrived) == pytest.approx(700, abs=60)


def test_both_directions_and_two_seeds_have_fates_of_their_own() -> None:
    fault = Fault(kind=FaultKind.LOSS, share=0.5)
    fates = {tuple(sent(Wire(board(fault, seed=seed), name), 64)) for seed in (1, 2) for name in ("up", "down")}
    assert len(fates) == 4


def test_delay_keeps_order_and_has_its_mean_and_a_tail() -> None:
    fault = Fault(kind=FaultKind.DELAY, mean_s=0.006, spread_s=0.005)
    arrived = sent(Wire(board(fault), "down"), 2000, every_s=0.1)
    assert [data for _, data in arrived] == [number.to_bytes(2, "big") for number in range(2000)]
    delays = sorted(t_s - number * 0.1 for number, (t_s, _) in enumerate(arrived))
    assert sum(delays) / 2000 == pytest.approx(0.006, rel=0.1)
    assert delays[1900] > 0.014, "5 % are late"
    assert delays[0] >= 0


def test_what_is_held_back_is_overtaken_and_copies_come_later() -> None:
    late = Fault(kind=FaultKind.REORDER, share=0.2, by_s=0.05)
    numbers = [int.from_bytes(data, "big") for _, data in sent(Wire(board(late), "down"), 500)]
    assert sorted(numbers) == list(range(500))
    assert sum(b < a for a, b in itertools.pairwise(numbers)) == pytest.approx(80, abs=40)
    twice = Fault(kind=FaultKind.DUPLICATE, share=0.2, by_s=0.0)
    copies = collections.Counter(data for _, data in sent(Wire(board(twice), "down"), 500))
    assert set(copies.values()) == {1, 2}
    assert sum(count == 2 for count in copies.values()) == pytest.approx(100, abs=40)


def test_video_and_telemetry_do_not_share_their_faults() -> None:
    silence, stall = Fault(kind=FaultKind.LINK_LOSS), Fault(kind=FaultKind.VIDEO_STALL)
    assert len(sent(Wire(board(silence), "video", is_video=True), 9)) == 9
    assert sent(Wire(board(stall), "video", is_video=True), 9) == []
    assert len(sent(Wire(board(stall), "down"), 9)) == 9
    assert sent(Wire(board(silence), "down"), 9) == []


def test_a_full_wire_loses_what_is_new_and_counts_it() -> None:
    wire = Wire(board(Fault(kind=FaultKind.DELAY, mean_s=60)), "down")
    for number in range(MOST_HELD + 5):
        wire.enter(0.0, number.to_bytes(2, "big"))
    assert wire.overflowed == 5
    assert [data for _, data in wire.leave(61)][-1] == (MOST_HELD - 1).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("flood", r"kind is 'flood'; expected one of loss, delay"),
        ("", r"kind is ''"),
        ("loss", r"share is missing; expected a share from 0 to 1"),
        ("loss share=1.5", r"share is 1.5, outside 0 to 1"),
        ("loss share=often", r"share is 'often', not a finite number"),
        ("loss share=nan", r"share is nan"),
        ("loss 0.1", r"'0.1' is no NAME=VALUE"),
        ("loss share=0.1 mean_s=3", r"mean_s is no figure of loss; it has share, vehicle, from_s, lasts_s"),
        ("loss share=0.1 vehicle=D9", r"vehicle is 'D9', which the world has not; it has D1, D2"),
        ("loss share=0.1 lasts_s=-1", r"lasts_s is -1, outside 0 to"),
        ("zoom_unreported factor=0", r"factor is 0, outside 0.05 to 50"),
    ],
)
def test_a_bad_fault_is_one_line(text: str, says: str) -> None:
    with pytest.raises(WorldError, match=says) as caught:
        fault_from_text(text, ("D1", "D2"))
    assert "\n" not in str(caught.value)


def test_a_command_lines_fault_says_all() -> None:
    fault = fault_from_text("gps_glitch east_m=30 from_s=5 lasts_s=10 vehicle=D2", ("D1", "D2"))
    assert fault == Fault(kind=FaultKind.GPS_GLITCH, vehicle="D2", east_m=30, from_s=5, lasts_s=10)
    assert fault_from_text("restart", ()).lasts_s == BOOT_LASTS_S


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_can_be_told(kind: FaultKind) -> None:
    values = {name: figure.high if figure.usual is None else figure.usual for name, figure in FIGURES[kind].items()}
    fault = fault_from_json(json.dumps({"kind": kind, **values}), (), now_s=12.5)
    assert (fault.kind, fault.from_s) == (kind, 12.5)


def test_a_tester_adds_faults_to_a_flying_vehicle() -> None:
    flying = board()
    take_line('{"kind": "link_loss", "lasts_s": 3}', flying, ("D1", "D2"), now_s=8.0)
    assert [flying.is_on(FaultKind.LINK_LOSS, t_s) for t_s in (7.9, 8.0, 10.9, 11.0)] == [False, True, True, False]
    take_line("\n", flying, (), now_s=9.0)
    for line in ("{", "[1]", "9", '{"kind": "loss"}', '{"kind": "link_loss", "vehicle": "D2"}'):
        with pytest.raises(WorldError) as caught:
            take_line(line, flying, ("D1", "D2"), now_s=8.0)
        assert "\n" not in str(caught.value)
    assert len(flying.faults) == 1


def complaint(line: str) -> str:
    try:
        take_line(line, board(), ("D1",), now_s=0.0)
    except WorldError as error:
        return str(error)
    return ""


@settings(max_examples=50)
@given(line=st.one_of(st.text(max_size=60), st.dictionaries(st.text(max_size=8), st.floats()).map(json.dumps)))
def test_no_line_breaks_the_reader(line: str) -> None:
    assert len(complaint(line).splitlines()) <= 1


def test_the_board_is_bounded() -> None:
    full = board(*[Fault(kind=FaultKind.LINK_LOSS)] * MOST_FAULTS)
    assert not full.add(Fault(kind=FaultKind.LINK_LOSS))
    assert len(full.faults) == MOST_FAULTS


def world_with(tmp_path: Path, more: str) -> Any:
    text = DEMO.read_text().replace('"../grounds/', f'"{GROUND}/')
    path = tmp_path / "world.toml"
    path.write_text(text + more)
    return path


def test_a_world_file_tells_faults_and_profiles(tmp_path: Path) -> None:
    more = '[vehicle.profile]\ngimbal_yaw = "earth"\ndrift_ppm = 85\nsilent = [259]\n'
    more += (
        '[[fault]]\nkind = "loss"\nvehicle = "D1"\nshare = 0.1\nfrom_s = 5\nlasts_s = 10\n[[fault]]\nkind = "restart"\n'
    )
    world: World = load_world(world_with(tmp_path, more))
    first, second = world.faults
    assert first == Fault(kind=FaultKind.LOSS, vehicle="D1", share=0.1, from_s=5, lasts_s=10)
    assert (second.vehicle, second.fix_after_s) == (None, 10)
    profile = world.vehicles[-1].profile
    assert (profile.gimbal_yaw, profile.drift_ppm, profile.silent) == ("earth", 85, frozenset({259}))
    assert world.vehicles[0].profile.drift_ppm == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[[fault]]\nkind = "loss"\nshare = 2\n', r"\[\[fault\]\] 1: share is 2, outside 0 to 1"),
        ('[[fault]]\nkind = "loss"\nshare = 0.5\nvehicle = "X"\n', r"vehicle is 'X', which the world has not"),
        ("[[fault]]\n", r"kind is missing"),
        ("[fault]\n", r"\[\[fault\]\] is no list of tables"),
        ('[vehicle.profile]\ngimbal_yaw = "up"\n', r"\[profile\]: gimbal_yaw is 'up'; expected one of vehicle, earth"),
        ("[vehicle.profile]\nspeed = 3\n", r"speed is no part of a profile; it has gimbal_yaw, camera"),
        ("[vehicle.profile]\nvideo_streams = 99\n", r"video_streams is 99, outside 0 to 8"),
        ('[vehicle.profile]\ntells_zoom = "yes"\n', r"tells_zoom is 'yes'; expected true or false"),
        ('[vehicle.profile]\nsilent = ["x"]\n', r"silent is \['x'\]; expected MAVLink message ids"),
    ],
)
def test_a_hole_in_a_world_files_faults_is_one_line(tmp_path: Path, more: str, says: str) -> None:
    with pytest.raises(WorldError, match=says) as caught:
        load_world(world_with(tmp_path, more))
    assert "\n" not in str(caught.value)
