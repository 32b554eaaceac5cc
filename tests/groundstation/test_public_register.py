from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.vehicle.state import LinkState, VehicleState
from groundstation.errors import BadInputError, NotKeptError
from groundstation.instants import NS_PER_S
from groundstation.public.desk import PublicDesk, public_desk
from groundstation.public.documents import told_of
from groundstation.public.register import MOST_FLIGHTS, REGISTER_FILE, Flights, RegisterFile, is_up
from groundstation.settings import settings_from_table
from tests.groundstation.public_told import MISSION, UTC_NS

MINUTE_NS = 60 * NS_PER_S
HEARD = VehicleState(
    system_id=7, utc_ns=UTC_NS, link=LinkState.OK, link_age_s=0.1, lat_deg=48.857, lon_deg=2.352, alt_home_m=40.0,
    yaw_deg=None, battery_percent=None, mode=None, armed=True, loss_share=None, messages_per_s=0.0, uid2=None,
    round_trip_ms=None, gps_minus_station_s=None, alarms=(),
)  # fmt: skip


def flights() -> Flights:
    return Flights(told_of(MISSION))


def desk(folder: Path, now_ns: list[int], **tables: object) -> PublicDesk:
    camera = {"name": "north", "video": "rtsp://127.0.0.1/a", "system_id": 7}
    table = {"camera": [camera], "link": [{"url": "udpin://127.0.0.1:14550"}], **tables}
    settings = settings_from_table(table, path=folder / "station.toml")
    return public_desk(settings, MISSION, clock=lambda: now_ns[0], release=lambda: None)


def test_a_flight_goes_from_its_first_minute_to_its_last() -> None:
    made = flights()
    for second in range(30, 400, 7):
        made.take(["north"], UTC_NS + second * NS_PER_S)
    (flight,) = made.register(UTC_NS + 400 * NS_PER_S).flights
    assert (flight.first_seen_utc, flight.last_seen_utc) == ("2026-07-14T18:00:00.000Z", "2026-07-14T18:06:00.000Z")
    assert flight.is_flying
    assert flight.mission.purpose == MISSION.purpose
    (later,) = made.register(UTC_NS + 600 * NS_PER_S).flights
    assert not later.is_flying


def test_a_broken_link_makes_no_second_flight_and_a_long_silence_does() -> None:
    made = flights()
    for minute in (0, 9, 18, 40):
        made.take(["north"], UTC_NS + minute * MINUTE_NS)
    found = made.register(UTC_NS + 40 * MINUTE_NS).flights
    assert [(one.first_seen_utc[11:16], one.last_seen_utc[11:16]) for one in found] == [
        ("18:40", "18:40"), ("18:00", "18:18"),
    ]  # fmt: skip


def test_another_mission_is_another_flight() -> None:
    made = flights()
    made.take(["north"], UTC_NS)
    other = Flights(told_of(replace(MISSION, purpose="fireworks")), made.register(UTC_NS).flights)
    other.take(["north"], UTC_NS + MINUTE_NS)
    assert [one.mission.purpose for one in other.register(UTC_NS).flights] == ["fireworks", MISSION.purpose]


def test_the_oldest_go_first() -> None:
    made = flights()
    made.take([f"vehicle {number}" for number in range(MOST_FLIGHTS + 5)], UTC_NS)
    kept = made.register(UTC_NS).flights
    assert len(kept) == MOST_FLIGHTS
    assert kept[0].vehicle == f"vehicle {MOST_FLIGHTS + 4}"


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=30))
def test_no_instant_is_finer_than_a_minute_and_none_goes_backwards(seconds: list[int]) -> None:
    made = flights()
    for second in sorted(seconds):
        made.take(["north"], UTC_NS + second * NS_PER_S)
    told = made.register(UTC_NS + 3600 * NS_PER_S)
    for flight in told.flights:
        assert flight.first_seen_utc.endswith(":00.000Z")
        assert flight.last_seen_utc.endswith(":00.000Z")
        assert flight.first_seen_utc <= flight.last_seen_utc
    assert sum(flight.is_flying for flight in told.flights) <= 1


@pytest.mark.parametrize(
    ("state", "up"),
    [
        (HEARD, True), (replace(HEARD, armed=None), True), (replace(HEARD, link=LinkState.STALE), True),
        (replace(HEARD, armed=False), False), (replace(HEARD, link=LinkState.LOST), False),
    ],
)  # fmt: skip
def test_what_flies_is_heard_and_not_disarmed(state: VehicleState, up: bool) -> None:
    assert is_up(state) is up


def test_the_register_tells_no_place_of_a_vehicle(tmp_path: Path) -> None:
    made = desk(tmp_path, [UTC_NS])
    made.take([HEARD, replace(HEARD, system_id=9)], UTC_NS)
    told = made.register()
    assert [flight["vehicle"] for flight in told["flights"]] == ["vehicle 9", "north"]
    text = str(told)
    assert "2.352" not in text
    assert "48.857," not in text


async def test_the_register_outlives_a_restart(tmp_path: Path) -> None:
    now_ns = [UTC_NS]
    made = desk(tmp_path, now_ns)
    made.take([HEARD], UTC_NS)
    register = made._flights.register(UTC_NS)
    file = made._file
    assert file is not None
    assert await made._kept(file, register) == register
    again = desk(tmp_path, now_ns)
    now_ns[0] += 2 * MINUTE_NS
    again.take([HEARD], now_ns[0])
    (flight,) = again.register()["flights"]
    assert flight["first_seen_utc"] == "2026-07-14T18:00:00.000Z"
    assert flight["last_seen_utc"] == "2026-07-14T18:02:00.000Z"


async def test_a_register_that_cannot_be_kept_is_logged_and_stays(tmp_path: Path) -> None:
    made = desk(tmp_path, [UTC_NS])
    made.take([HEARD], UTC_NS)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    file = RegisterFile(tmp_path / "file" / REGISTER_FILE)
    with pytest.raises(NotKeptError, match="cannot be written"):
        file.store(made._flights.register(UTC_NS))
    assert await made._kept(file, made._flights.register(UTC_NS)) is None
    assert len(made.register()["flights"]) == 1


@pytest.mark.parametrize("text", ["", "{", '{"utc": "x"}', '{"utc": "x", "flights": [{}]}', "[]"])
def test_a_damaged_register_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / REGISTER_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=r"register.json: is damaged") as error:
        desk(tmp_path, [UTC_NS])
    assert "\n" not in str(error.value)


def test_the_state_of_a_replay_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    camera = {"name": "north", "video": "a.mp4", "file": "a.toml", "video_starts_utc": "2026-07-14T18:00:00Z"}
    made = desk(tmp_path, [UTC_NS], camera=[camera], link=[], replay={})
    made.take([HEARD], UTC_NS)
    assert made.register()["flights"] == []
    assert made.about()["is_replay"]
    assert "rien ne vole" in made.page("fr")
    assert not (tmp_path / "state").exists()


def test_the_page_is_drawn_once_for_the_same_documents(tmp_path: Path) -> None:
    now_ns = [UTC_NS]
    made = desk(tmp_path, now_ns)
    first = made.page("fr")
    assert made.page("fr") is first
    assert made.page("en") is not first
    now_ns[0] += MINUTE_NS
    assert made.page("fr") is not first
    assert "Aucun drone" in first
