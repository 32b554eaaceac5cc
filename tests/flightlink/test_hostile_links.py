"""Real sockets under attack: every good message of the honest vehicle is read, nobody else is taken in."""

import contextlib
import socket
import time
from pathlib import Path

from flightlink.links.admission.plan import LinkPlan, link_plan
from flightlink.links.admission.stamps import stamp_from_utc_ns
from flightlink.links.datagram import MOST_PEERS
from tests.flightlink.live import heard, running, said, udp_to, until
from tests.flightlink.packets import FakeVehicle
from tests.flightlink.signed import signed

JUNK = (b"\xfd\xff\x00", b"", b"hello", b"\xfe" * 300, b"\xfd\x00\x00\x00\x00\x01\x01\x00\x00\x00")
MINUTE = 60 * 100_000


def key_file(folder: Path) -> Path:
    path = folder / "link.key"
    path.write_text("a passphrase")
    path.chmod(0o600)
    return path


async def test_strangers_cost_the_honest_vehicle_nothing_and_hear_nothing() -> None:
    frames: list[bytes] = []
    plan = link_plan("udpin://127.0.0.1:0", allow=["127.0.0.1/32"])
    async with running(plan) as links:
        links.subscribe_frames(lambda _, frame, __: frames.append(frame.raw))
        port = links.statuses()[0].port
        vehicle, foreign = FakeVehicle(), FakeVehicle(system_id=9)
        with udp_to(port) as honest, udp_to(port) as noisy, udp_to(port, host="127.0.0.2") as stranger:
            sent = [vehicle.heartbeat()]
            said(honest, sent)
            await until(lambda: 1 in links.trackers)
            for number in range(60):
                said(stranger, [*JUNK, foreign.heartbeat(), FakeVehicle().heartbeat()[:9], FakeVehicle().heartbeat()])
                said(noisy, JUNK)
                sent += [vehicle.attitude(number), vehicle.position(number)]
                said(honest, sent[-2:])
                await until(lambda: len(frames) == 1 + 2 * number + 2)  # noqa: B023 - asked before the next turn
            assert frames == sent
            assert set(links.trackers) == {1}
            assert links.trackers[1].state(time.time_ns()).loss_share == 0
            assert links.statuses()[0].refused["not_allowed"] >= 60
            assert heard(stranger) == heard(noisy) == []
            assert "HEARTBEAT" in heard(honest)


async def test_a_flood_of_source_ports_leaves_numbers_only() -> None:
    plan = link_plan("udpin://127.0.0.1:0")
    async with running(plan) as links:
        port = links.statuses()[0].port
        with udp_to(port) as honest, contextlib.ExitStack() as opened:
            said(honest, [FakeVehicle().heartbeat()])
            await until(lambda: 1 in links.trackers)
            for _ in range(3 * MOST_PEERS):
                said(opened.enter_context(udp_to(port)), [b"\xfd\xff\x00"])
            said(honest, [FakeVehicle().attitude(1)])
            await until(lambda: links.statuses()[0].frames == 2)
            assert links.statuses()[0].peers <= MOST_PEERS


async def test_where_a_signature_decides_only_one_that_holds_makes_a_peer(tmp_path: Path) -> None:
    plan, state = link_plan("udpin://0.0.0.0:0", key_file=key_file(tmp_path)), tmp_path / "state"
    vehicle, heartbeats = FakeVehicle(), list[bytes]()
    async with running(plan, state_dir=state) as links:
        port = links.statuses()[0].port
        with udp_to(port) as honest, udp_to(port) as thief:
            now = stamp_from_utc_ns(time.time_ns())
            forged = [signed(vehicle.heartbeat(), 2**48 - 1, secret=b"y" * 32), vehicle.heartbeat()]
            future = signed(vehicle.heartbeat(), now + 2 * MINUTE)
            said(thief, [*forged, future, *JUNK])
            await until(lambda: len(links.statuses()[0].refused) >= 3)
            assert (links.trackers, links.statuses()[0].peers) == ({}, 0)
            heartbeats += [signed(vehicle.heartbeat(), now + step) for step in range(5)]
            said(honest, heartbeats)
            await until(lambda: 1 in links.trackers and links.statuses()[0].frames == 5)
            said(thief, [*heartbeats, *forged, future])
            await until(lambda: links.statuses()[0].refused.get("replayed", 0) >= 5)
            assert [way.peer for way in links.trackers[1].ways(time.time_ns())] == [
                f"127.0.0.1:{honest.getsockname()[1]}"
            ]
            said(honest, [signed(vehicle.attitude(1), now + 9)])
            await until(lambda: links.statuses()[0].frames == 6)
            await until(lambda: "HEARTBEAT" in heard(honest))
            assert heard(thief) == []
    await replayed_after_a_restart(plan, state, heartbeats, signed(vehicle.heartbeat(), now + 20))


async def replayed_after_a_restart(plan: LinkPlan, state: Path, old: list[bytes], fresh: bytes) -> None:
    async with running(plan, state_dir=state) as links:
        with udp_to(links.statuses()[0].port) as thief:
            said(thief, old)
            await until(lambda: links.statuses()[0].refused.get("replayed", 0) == len(old))
            assert links.trackers == {}
            said(thief, [fresh])
            await until(lambda: 1 in links.trackers)


async def test_what_the_station_says_is_signed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        plan = link_plan(f"udpout://127.0.0.1:{ear.getsockname()[1]}", key_file=key_file(tmp_path))
        said_to_us: list[bytes] = []

        def listen() -> None:
            with contextlib.suppress(BlockingIOError):
                said_to_us.append(ear.recv(2048))

        async with running(plan, state_dir=tmp_path / "state"):
            await until(lambda: bool(said_to_us), step=listen)
    assert said_to_us[0][2] == 1
    assert len(said_to_us[0]) == said_to_us[0][1] + 25


async def test_one_replay_over_another_link_with_the_same_key_is_known(tmp_path: Path) -> None:
    key = key_file(tmp_path)
    plans = [link_plan(f"udpin://{host}:0", key_file=key) for host in ("127.0.0.1", "0.0.0.0")]  # noqa: S104 - the case
    vehicle = FakeVehicle()
    async with running(*plans, state_dir=tmp_path / "state") as links:
        raw = signed(vehicle.heartbeat(), stamp_from_utc_ns(time.time_ns()))
        with udp_to(links.statuses()[0].port) as honest, udp_to(links.statuses()[1].port) as thief:
            said(honest, [raw])
            await until(lambda: 1 in links.trackers)
            said(thief, [raw])
            await until(lambda: links.statuses()[1].refused.get("replayed", 0) == 1)
