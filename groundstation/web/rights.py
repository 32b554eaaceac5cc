"""Which right each address needs: the one table. A route that is not in it is refused to everybody.

To add a route, add its row: method and path as the router has them, and what it needs. HEAD goes with GET. What shows
imagery or counts also names what is `consulted`; what changes something, and does not write that down by itself, names
its `deed`; a page (`is_page`) leads whoever may not see it to where they may sign in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from groundstation.sessions.roles import Right, Role


class Row(NamedTuple):
    """What an address needs."""

    right: Right | None
    """None: anybody may, without a session."""
    consulted: str = ""
    """What is looked at, as it stands in the audit; empty: neither imagery nor counts."""
    deed: str = ""
    """What is done, as it stands in the audit; empty: nothing, or its desk writes it down."""
    is_page: bool = False


_ANYBODY: Final = Row(None)
_FOLLOW: Final = Row(Right.FOLLOW)
_ACT: Final = Row(Right.ACT)
_PAGE_OF_ALL: Final = Row(None, is_page=True)

TABLE: Final[Mapping[str, Row]] = {
    # for everybody
    "GET /public": _PAGE_OF_ALL,
    "GET /public/api/v1/about": _ANYBODY,
    "GET /public/api/v1/density": _ANYBODY,
    "GET /public/api/v1/register": _ANYBODY,
    "GET /static": _ANYBODY,  # the program of the pages, as it is published; no figure and no picture
    "GET /vendor/leaflet": _ANYBODY,
    "GET /service-worker.js": _ANYBODY,  # as the programs of the pages
    "GET /manifest.webmanifest": _ANYBODY,
    "GET /sign-in": _PAGE_OF_ALL,
    "GET /api/v1/session": _ANYBODY,
    "POST /api/v1/session": _ANYBODY,
    "DELETE /api/v1/session": _ANYBODY,
    # pages
    "GET /": Row(Right.COMMAND, is_page=True),
    "GET /check": Row(Right.FOLLOW, is_page=True),
    "GET /pilot": Row(Right.FLY, is_page=True),
    "GET /audit": Row(Right.AUDIT, is_page=True),
    # follow
    "GET /api/v1/health": _FOLLOW,
    "GET /api/v1/check": _FOLLOW,
    "GET /api/v1/vehicles": _FOLLOW,
    "GET /api/v1/density": Row(Right.FOLLOW, consulted="density"),
    "GET /api/v1/alerts": Row(Right.FOLLOW, consulted="alerts"),
    "GET /api/v1/zones": Row(Right.FOLLOW, consulted="zones"),
    "GET /api/v1/live": Row(Right.FOLLOW, consulted="live"),
    "GET /api/v1/lookouts": Row(Right.FOLLOW, consulted="lookouts"),
    "GET /api/v1/basemap": _FOLLOW,
    "GET /api/v1/tiles/{z}/{x}/{y}": _FOLLOW,
    "GET /api/v1/site-plan": _FOLLOW,
    "GET /api/v1/site-plan.png": _FOLLOW,
    # fly
    "POST /api/v1/vehicles/{vehicle}/point": Row(Right.FLY, deed="gimbal_pointed"),
    "POST /api/v1/lookouts/{lookout}/answer": Row(Right.FLY),
    # command
    "GET /api/v1/density/history": Row(Right.COMMAND, consulted="history"),
    "GET /api/v1/density/seen": Row(Right.COMMAND, consulted="history"),
    "GET /api/v1/timeline": Row(Right.COMMAND, consulted="history"),
    "GET /metrics": Row(Right.COMMAND, consulted="metrics"),
    # imagery
    "GET /api/v1/video/{vehicle}": Row(Right.IMAGERY, consulted="video"),
    "GET /api/v1/video/{vehicle}/snapshot.jpg": Row(Right.IMAGERY, consulted="snapshot"),
    # act
    "GET /api/v1/log": Row(Right.COMMAND, consulted="log"),
    "POST /api/v1/log": _ACT,
    "GET /api/v1/log/handover": Row(Right.COMMAND, consulted="log"),
    "POST /api/v1/log/handover": _ACT,
    "GET /api/v1/log/export": Row(Right.EXPORT, consulted="log"),
    "POST /api/v1/lookouts": _ACT,
    "DELETE /api/v1/lookouts/{lookout}": _ACT,
    "POST /api/v1/zones": _ACT,
    "PUT /api/v1/zones/{zone}": _ACT,
    "DELETE /api/v1/zones/{zone}": _ACT,
    "POST /api/v1/alerts/{alert}/acknowledge": _ACT,
    "GET /api/v1/cameras/{camera}/alignment": _ACT,
    "POST /api/v1/cameras/{camera}/alignment": _ACT,  # a trial, which changes nothing
    "PUT /api/v1/cameras/{camera}/alignment": Row(Right.ACT, deed="camera_aligned"),
    "DELETE /api/v1/cameras/{camera}/alignment": Row(Right.ACT, deed="alignment_forgotten"),
    # export: each is written down by its desk
    "GET /api/v1/density/export": Row(Right.EXPORT),
    "POST /api/v1/exports": Row(Right.EXPORT),
    # audit
    "GET /api/v1/audit": Row(Right.AUDIT, consulted="audit"),
}

HOME: Final[Mapping[Role, str]] = {
    Role.PILOT: "/pilot",
    Role.OPERATOR: "/",
    Role.SUPERVISOR: "/",
    Role.AUDITOR: "/audit",
}
"""The page of each role."""


def row_of(method: str, canonical: str) -> Row | None:
    """Return what an address needs; None where nobody stated it."""
    return TABLE.get(f"{'GET' if method == 'HEAD' else method} {canonical}")
