"""`AlignmentDesk`: tie points of one live camera in, its alignment out; stored, applied and forgotten when asked to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from flightlink.alignment import Alignment
from groundstation.alignment.document import alignment_document, residual_documents, solution_document
from groundstation.alignment.points import PointError, number_of, on_model
from groundstation.alignment.shown import ShownPictures
from groundstation.alignment.store import AlignmentFile
from groundstation.errors import BadInputError
from groundstation.instants import utc_ns_from_text
from groundstation.logs import event
from maps.alignment.answer import MOST_POINTS, AlignmentRefusal, Solution, solution_of
from maps.alignment.points import TiePoint
from maps.terrain.grid import TerrainGrid

_LOG: Final = logging.getLogger(__name__)
_FIELDS: Final = frozenset({"utc", "u_px", "v_px", "lat_deg", "lon_deg", "height_m"})
_SHAPE: Final = 'send {"points": [{"utc", "u_px", "v_px", "lat_deg", "lon_deg"}, ...]}'


class AlignmentDesk:
    """One camera's alignment in a running station.

    Args:
        camera: its name.
        shown: the poses of the pictures that were shown of it.
        file: where its alignment is kept.
        by_camera_file: what its camera file says, in force while nothing is kept.
        apply: told the alignment in force, at once and whenever it changes.
        clock: UTC now in nanoseconds.

    Raises:
        CameraFileError: what is kept is damaged.
    """

    def __init__(
        self,
        camera: str,
        *,
        shown: ShownPictures,
        file: AlignmentFile,
        by_camera_file: Alignment | None,
        apply: Callable[[Alignment | None], None],
        clock: Callable[[], int],
    ) -> None:
        self._camera = camera
        self._shown = shown
        self._file = file
        self._by_camera_file = by_camera_file
        self._apply = apply
        self._clock = clock
        self.terrain: TerrainGrid | None = None
        """The ground on which tie points lie; None for the plane of each pose."""
        self._turn = asyncio.Lock()
        self._kept = file.load()
        self._put_in_force()
        said = self.document()
        if said["source"] is not None:
            event(_LOG, "alignment_in_force", camera=camera, source=said["source"], solved=said["alignment"]["utc"])

    def _put_in_force(self) -> None:
        self._apply(self._kept or self._by_camera_file)

    def document(self) -> dict[str, Any]:
        """Return the alignment in force and where it comes from; null where there is none."""
        alignment = self._kept or self._by_camera_file
        source = "station" if self._kept else "camera_file" if self._by_camera_file else None
        shown = None if alignment is None else alignment_document(alignment)
        return {"camera": self._camera, "alignment": shown, "source": source}

    async def solve(self, body: object, *, store: bool) -> dict[str, Any]:
        """Return the solution of tie points, or `error` and `cause`; what is stored is in force at once.

        Raises:
            PointError: the body is not as it must be.
        """
        async with self._turn:
            points = self._points(body)
            answer = await asyncio.to_thread(solution_of, points, utc_ns=self._clock())
            if isinstance(answer, AlignmentRefusal):
                event(_LOG, "alignment_refused", camera=self._camera, cause=answer.cause, points=len(points))
                return _refusal_document(self._camera, answer)
            if store and (fault := await self._store(answer.alignment)):
                return {"camera": self._camera, "error": fault, "cause": "not_stored", "residuals": []}
            _tell(self._camera, answer, stored=store)
            return {"camera": self._camera, "stored": store, **solution_document(answer)}

    async def _store(self, alignment: Alignment) -> str:
        """Keep an alignment and put it in force; returns why it cannot be kept, and is then not in force either."""
        try:
            await asyncio.to_thread(self._file.store, alignment)
        except BadInputError as error:
            return str(error)
        self._kept = alignment
        self._put_in_force()
        return ""

    async def forget(self) -> dict[str, Any]:
        """Remove what is kept, and return what is in force now.

        Raises:
            BadInputError: it cannot be removed.
        """
        async with self._turn:
            await asyncio.to_thread(self._file.forget)
            self._kept = None
            self._put_in_force()
            event(_LOG, "alignment_forgotten", camera=self._camera)
            return self.document()

    def _points(self, body: object) -> list[TiePoint]:
        rows = body.get("points") if isinstance(body, Mapping) else None
        if not isinstance(rows, list):
            raise PointError(f"points is no list; {_SHAPE}")
        if len(rows) > MOST_POINTS:
            raise PointError(f"{len(rows)} points; {MOST_POINTS} are enough")
        return [self._point(number, row) for number, row in enumerate(rows, start=1)]

    def _point(self, number: int, row: object) -> TiePoint:
        if not isinstance(row, Mapping) or not row.keys() <= _FIELDS:
            raise PointError(f"point {number} is none; {_SHAPE}, perhaps with height_m over the ground")
        try:
            u_px, v_px, lat_deg, lon_deg = (number_of(row, name) for name in ("u_px", "v_px", "lat_deg", "lon_deg"))
            height_m = number_of(row, "height_m") if row.get("height_m") is not None else 0.0
            utc_ns = utc_ns_from_text(str(row.get("utc")))
        except ValueError as error:
            raise PointError(f"point {number}: {error}") from error
        pose = self._shown.pose_at(utc_ns)
        if pose is None:
            raise PointError(f"point {number}: no picture of that instant is remembered; freeze a new one")
        point = TiePoint(pose=pose, u_px=u_px, v_px=v_px, lat_deg=lat_deg, lon_deg=lon_deg, height_m=height_m)
        try:
            return point if self.terrain is None else on_model(point, self.terrain)
        except PointError as error:
            raise PointError(f"point {number}: {error}") from error


def _refusal_document(camera: str, refusal: AlignmentRefusal) -> dict[str, Any]:
    residuals = residual_documents(refusal.residuals)
    return {"camera": camera, "error": refusal.detail, "cause": refusal.cause, "residuals": residuals}


def _tell(camera: str, solution: Solution, *, stored: bool) -> None:
    """Log one line: angles and errors to a hundredth, no place."""
    alignment = solution.alignment
    yaw, pitch, roll = (
        "not_told" if sigma is None else f"{bias:+.2f}+-{sigma:.2f}"
        for bias, sigma in zip(alignment.bias, alignment.sigma_deg, strict=True)
    )
    before = "-" if solution.before_m is None else f"{solution.before_m:.2f}"
    event(
        _LOG, "alignment_stored" if stored else "alignment_solved", camera=camera, points=alignment.points,
        yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, before_m=before, after_m=f"{alignment.residual_m:.2f}",
        notes=", ".join(solution.notes) or "none",
    )  # fmt: skip
