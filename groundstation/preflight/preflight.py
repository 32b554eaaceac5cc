"""`Preflight`: listens while the station runs, and makes all points of an instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from flightlink.links.statuses import LinkStatus
from flightlink.mission import Mission
from flightlink.vehicle.state import VehicleState
from groundstation.preflight.cameras import CameraSeen, camera_points
from groundstation.preflight.heard import Ear
from groundstation.preflight.links import Needs, link_points, vehicle_points
from groundstation.preflight.machine import (
    ClockWatch,
    Machine,
    clock_point,
    far_camera_points,
    machine_points,
    mission_points,
)
from groundstation.preflight.points import STATION, Point
from groundstation.settings import Settings

NOT_READ: Final = Machine(folders=(), weights={}, clock_in_step=False)


def folders_written(settings: Settings) -> list[Path]:
    """Return where the station writes, besides temporary files."""
    recorded = [] if settings.record is None else [settings.record.folder]
    return [settings.station.state_dir, *recorded]


class Preflight:
    """All points of a station; feed it messages, clocks and, now and then, what is read of the machine."""

    def __init__(self, settings: Settings, mission: Mission) -> None:
        """Take what is configured."""
        self._settings = settings
        self._mission: Mission | None = mission
        self._mission_fault = ""
        self.folders = folders_written(settings)
        self.ear = Ear()
        self.clock = ClockWatch()
        self.machine = NOT_READ

    def without_mission(self, fault: str) -> None:
        """Note that there is no mission in truth: `fault` says why, empty where none was given."""
        self._mission, self._mission_fault = None, fault

    def points(
        self,
        utc_ns: int,
        *,
        links: Sequence[LinkStatus],
        vehicles: Mapping[int, VehicleState],
        cameras: Sequence[CameraSeen],
    ) -> Iterator[Point]:
        """Yield the points of an instant in the order in which they are read: station, links, cameras.

        Args:
            utc_ns: the instant.
            links: each configured link.
            vehicles: those heard, by system id.
            cameras: each configured camera.
        """
        sizes = str(len(self._settings.link)), str(len(self._settings.camera))
        yield Point(point="settings", about=STATION, word="settings_fine", values=sizes)
        yield from self._mission_points(utc_ns, vehicles)
        yield from machine_points(self.machine)
        in_step = self.machine.clock_in_step
        yield clock_point(utc_ns, jump_s=self.clock.jump_s, in_step=in_step, vehicles=vehicles)
        signed = {link.url for link in self._settings.link if link.key_file is not None}
        yield from link_points(links, signed)
        for camera in cameras:
            state = None if camera.system_id is None else vehicles.get(camera.system_id)
            heard = self.ear.heard(camera.system_id, utc_ns)
            if camera.system_id is not None:
                needs = Needs(
                    gimbal=camera.file is None or camera.file.mount is None, field_of_view=camera.file is None
                )
                yield from vehicle_points(camera.name, camera.system_id, state, heard, needs, vehicles)
            elif self._mission is not None:
                yield from far_camera_points(self._mission, camera.name, camera.pose)
            yield from camera_points(camera, state, heard)

    def _mission_points(self, utc_ns: int, vehicles: Mapping[int, VehicleState]) -> Iterator[Point]:
        if self._mission is not None:
            yield from mission_points(self._mission, utc_ns, vehicles)
        elif self._mission_fault:
            yield Point(point="mission", about=STATION, word="mission_wrong", values=(self._mission_fault,))
        else:
            yield Point(point="mission", about=STATION, word="mission_missing")
