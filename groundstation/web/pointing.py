"""The pilot points a vehicle's gimbal at a place: one POST, to our own pages and programs on this machine only."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from groundstation.logs import event
from groundstation.web.guards import refusal

ADDRESS: Final = "/api/v1/vehicles/{vehicle}/point"
_LOG: Final = logging.getLogger(__name__)
_STATUS: Final = {"no_vehicle": 404, "too_soon": 429, "no_acknowledgement": 504}
_OF_THE_VEHICLE: Final = ("temporarily_rejected", "denied", "unsupported", "failed", "cancelled")


class Answer(Protocol):
    """What came of it."""

    @property
    def refused(self) -> str:
        """Constant word, empty where the vehicle has accepted."""
        ...

    @property
    def detail(self) -> str:
        """The same in one line."""
        ...


class Pilot(Protocol):
    """What may be asked of the station for the pilot."""

    async def point(self, system_id: int, *, lat_deg: float, lon_deg: float) -> Answer:
        """Point a vehicle's gimbal at a place on the ground."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """The answer of a station in which nobody may point."""

    refused: str = "pointing_off"
    detail: str = "the settings do not allow it; set point = true for its camera"


class Nobody:
    """Stands where there is no pilot."""

    async def point(self, system_id: int, *, lat_deg: float, lon_deg: float) -> Answer:  # noqa: ARG002 - always refused
        """Refuse, always."""
        return Off()


PILOT: Final[web.AppKey[Pilot]] = web.AppKey("pilot")


def add_pilot(app: web.Application, pilot: Pilot) -> None:
    """Serve the pilot's one command."""
    app[PILOT] = pilot
    app.router.add_post(ADDRESS, point)


async def point(request: web.Request) -> web.Response:
    """Point the gimbal, and answer what came."""
    try:
        system_id = _system_id(request.match_info["vehicle"])
        lat_deg, lon_deg = _place(request.content_type, await request.read())
    except ValueError as error:
        return refusal(400, str(error))
    answer = await request.app[PILOT].point(system_id, lat_deg=lat_deg, lon_deg=lon_deg)
    told = answer.refused or "accepted"
    # who asked, of whom and what came, but never where to: no place leaves through a log line
    event(_LOG, "gimbal_point", vehicle=system_id, result=told, asked_from=request.remote, by=_by(request))
    if not answer.refused:
        return web.json_response({"system_id": system_id, "result": told})
    status = 502 if answer.refused in _OF_THE_VEHICLE else _STATUS.get(answer.refused, 403)
    return web.json_response({"error": answer.detail, "cause": answer.refused}, status=status)


def _by(request: web.Request) -> str:
    return "page" if "Origin" in request.headers else "program"


def _system_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= 252):
        raise ValueError(f"{text[:20]!r} is no system id; write a number from 1 to 252")
    return int(text)


def _place(content_type: str, body: bytes) -> tuple[float, float]:
    """Return latitude and longitude in degrees.

    Raises:
        ValueError: the body is not what it must be.
    """
    if content_type != "application/json":
        raise ValueError("the body must be application/json")
    try:
        part = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("the body is not JSON") from error
    if not isinstance(part, dict) or set(part) != {"lat_deg", "lon_deg"}:
        raise ValueError('the body must hold lat_deg and lon_deg and nothing else: {"lat_deg": 43.6, "lon_deg": 1.44}')
    return _degrees(part, "lat_deg", 90), _degrees(part, "lon_deg", 180)


def _degrees(part: dict[str, object], name: str, most: float) -> float:
    value = part[name]
    # what is not a number is not below any limit either, and a whole number may be too large for a float
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        raise ValueError(f"{name} must be a number from -{most:g} to {most:g}")
    return float(value)
