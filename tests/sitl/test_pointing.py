"""The pilot over HTTP, a whole station and the built-in vehicle: the gimbal truly turns, and nothing else is said."""

import asyncio
import logging
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from pymavlink.dialects.v20 import all as dialect

from flightlink.attitude import wrapped_deg
from flightlink.mavlink.voice import READING, WORDS
from sitl.world.world import World
from tests.sitl.flown_station import Hearing, place, station, until

PLACE_M = (12.0, 20.0)
"""East and north of home; inside the mission."""
Answer = tuple[int, dict[str, Any]]


async def asked(
    session: ClientSession, base: str, system_id: int, body: Any, **more: Any
) -> tuple[int, dict[str, Any]]:
    async with session.post(f"{base}api/v1/vehicles/{system_id}/point", json=body, **more) as answer:
        return answer.status, await answer.json()


async def answered(session: ClientSession, base: str, system_id: int, body: Any, *, but: set[str]) -> Answer:
    """Ask again and again until the answer has another cause."""
    while True:
        answer = await asked(session, base, system_id, body)
        if answer[1].get("cause") not in but:
            return answer
        await asyncio.sleep(0.2)


def off_by_deg(vehicle: Hearing) -> float:
    """Return how far the true camera points from the place on the plane of home."""
    flight = vehicle.flight_at(vehicle.clock.world_s())
    east_m, north_m = PLACE_M[0] - flight.east_m, PLACE_M[1] - flight.north_m
    yaw_deg = math.degrees(math.atan2(east_m, north_m))
    pitch_deg = math.degrees(math.atan2(-flight.up_m, math.hypot(east_m, north_m)))
    return max(abs(wrapped_deg(flight.camera_yaw_deg - yaw_deg)), abs(flight.camera_pitch_deg - pitch_deg))


async def test_the_gimbal_truly_turns_to_the_place_and_nothing_else_is_said(
    tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    quick = replace(world, vehicles=tuple(
        replace(plan, profile=replace(plan.profile, slew_deg_s=400.0)) for plan in world.vehicles
    ))  # fmt: skip
    async with station(tmp_path, quick, point=True) as (session, base, vehicle):
        system_id, unready = quick.vehicles[0].system_id, {"not_one_gimbal", "link_not_ok", "no_vehicle"}
        answer = await answered(session, base, system_id, place(quick, *PLACE_M), but=unready)
        assert answer == (200, {"system_id": system_id, "result": "accepted"})
        await until(lambda: off_by_deg(vehicle) < 0.5, within_s=20)
        status, told = await asked(session, base, system_id, place(quick, 400.0, 0.0))
        assert (status, told["cause"]) in ((403, "outside_mission_area"), (429, "too_soon"))
        words = vehicle.words()
        assert words <= WORDS
        assert ("COMMAND_LONG", dialect.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW) in words
    assert f"gimbal_point vehicle={system_id} result=accepted asked_from=127.0.0.1 by=program" in caplog.text
    assert str(round(place(quick, *PLACE_M)["lat_deg"], 3)) not in caplog.text


async def test_a_station_that_only_reads_says_nothing_but_that_it_reads(tmp_path: Path, world: World) -> None:
    async with station(tmp_path, world) as (session, base, vehicle):
        system_id = world.vehicles[0].system_id
        answer = await answered(session, base, system_id, place(world, *PLACE_M), but={"no_vehicle"})
        assert (answer[0], answer[1]["cause"]) == (403, "pointing_off")
        await asyncio.sleep(2.5)
        assert vehicle.words() == READING


async def test_foreign_pages_and_nonsense_point_at_nothing(tmp_path: Path, world: World) -> None:
    async with station(tmp_path, world, point=True) as (session, base, vehicle):
        number, there = world.vehicles[0].system_id, place(world, *PLACE_M)
        foreign = {"Origin": "http://evil.example"}
        assert (await asked(session, base, number, there, headers=foreign))[0] == 403
        assert (await asked(session, base, number, there, headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403
        assert (await asked(session, base, number, there, headers={"Host": "rebound.example"}))[0] == 421
        wrong_types: list[Any] = [{"lat_deg": "48", "lon_deg": 2}, {"lat_deg": True, "lon_deg": 0}]
        nonsense: list[Any] = [{}, [], {**there, "alt_m": 1}, {"lat_deg": 91, "lon_deg": 0}, *wrong_types]
        for body in nonsense:
            assert (await asked(session, base, number, body))[0] == 400
        async with session.post(f"{base}api/v1/vehicles/{number}/point", data=there) as form:
            assert form.status == 400, "a form of a foreign page needs no leave to be sent"
        async with session.get(f"{base}api/v1/vehicles/{number}/point") as read:
            assert read.status == 405
        assert (await asked(session, base, 200, there))[0] == 404
        await until(lambda: len(vehicle.heard) > 20, within_s=30)
        assert vehicle.words() <= READING
