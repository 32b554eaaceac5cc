"""`VehicleTracker`: the running state of one vehicle out of its messages, and the camera's pose at any instant.

A pure state machine: messages and the time come in as arguments, values go out, nothing is sent or read here.
Every time is the station's UTC; the vehicle's own time since boot is mapped to it per component.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from flightlink.alignment import aligned
from flightlink.attitude import attitude_from_quaternion
from flightlink.camera_file import CameraFile
from flightlink.mavlink.messages import Message
from flightlink.pose import BEYOND, CameraPose, HeightDatum, Intrinsics, PoseRefusal, PoseSigma
from flightlink.timeline import Around
from flightlink.vehicle.boot_clock import BootClock
from flightlink.vehicle.components import Components
from flightlink.vehicle.compose import CameraAttitude, position_at
from flightlink.vehicle.equipment.cameras import CameraFact, VideoStream
from flightlink.vehicle.equipment.equipment import NOTHING_TOLD, equipment_after, fields_of_view_disagree
from flightlink.vehicle.equipment.gimbals import GimbalFact
from flightlink.vehicle.facts import NOTHING_HEARD, facts_after
from flightlink.vehicle.loss_book import LossBook
from flightlink.vehicle.readings import HomeReading, PositionReading, intrinsics_from_fov
from flightlink.vehicle.sources import STAMPED, PoseSources
from flightlink.vehicle.state import VehicleState, WayState, link_state_from_age, silence_s

_FIX_HOLDS_NS: Final = 5_000_000_000
"""A report of the satellite fix counts for this long."""
_ALARM_HOLDS_NS: Final = 60_000_000_000
_TIMESYNCS_KEPT: Final = 16
_NO_CLOCK: Final = BootClock()


class VehicleTracker:
    """One vehicle, told apart by its system id.

    Args:
        system_id: MAVLink's.
        camera: intrinsics, mount and sigmas of its camera; None leaves them to the link.
        picture_px: width and height of the video, needed where the link tells only a field of view.
    """

    def __init__(
        self, system_id: int, camera: CameraFile | None = None, *, picture_px: tuple[int, int] | None = None
    ) -> None:
        self.system_id = system_id
        self.picture_px = picture_px
        self._camera = camera
        self.alignment = camera.alignment if camera else None
        """Taken off every reported attitude; the station changes it when tie points say so."""
        self._facts = NOTHING_HEARD
        self._equipment = NOTHING_TOLD
        self._sources = PoseSources(camera.mount if camera else None, camera.gimbal if camera else None)
        self.losses = LossBook()
        self.components = Components()
        self.ways: Callable[[int], tuple[WayState, ...]] = lambda _: ()
        """Every link to the vehicle at an instant; whoever owns the links sets it."""
        self.reboots = 0
        """How often the autopilot began anew."""
        self._alarms: dict[str, int] = {}
        self.heard_utc_ns: dict[int, int] = {}
        """Component id -> when any good frame of it came last."""
        self.refuses_simulated = False
        """Whether a vehicle that says to be simulated has no place: outside exercises."""
        self._timesyncs_sent: dict[int, None] = {}
        self._reboots_seen = 0

    def count(self, component_id: int, sequence: int, received_utc_ns: int, *, way: str = "", raw: bytes = b"") -> bool:
        """Take the number of any good frame, decoded or not, for link age, loss and rate.

        Returns:
            Whether the frame is no copy of one that came over another link.
        """
        self.heard_utc_ns[component_id] = received_utc_ns
        return self.losses.count(way, component_id, sequence, raw, received_utc_ns)

    def raise_alarm(self, word: str, now_utc_ns: int) -> None:
        """Show a constant word beside the vehicle for a minute."""
        self._alarms[word] = now_utc_ns

    def note_timesync_sent(self, sent_utc_ns: int) -> None:
        """Remember our own TIMESYNC, so that only answers to it are believed."""
        self._timesyncs_sent[sent_utc_ns] = None
        while len(self._timesyncs_sent) > _TIMESYNCS_KEPT:
            del self._timesyncs_sent[next(iter(self._timesyncs_sent))]

    def take(self, message: Message, component_id: int, received_utc_ns: int) -> None:
        """Take one decoded message of this vehicle; kinds that say nothing here are ignored."""
        kind = message.get_type()
        if kind in STAMPED:
            self._take_stamped(message, component_id, received_utc_ns)
            return
        self._facts = facts_after(self._facts, message, component_id, received_utc_ns)
        self._equipment = equipment_after(self._equipment, message, component_id, received_utc_ns)
        if kind == "TIMESYNC" and component_id == self._facts.autopilot_component:
            self._take_timesync(message, component_id, received_utc_ns)
        elif kind == "HEARTBEAT":
            self.components.take(message, component_id, received_utc_ns)
        elif kind == "CAMERA_INFORMATION":
            told = {one.gimbal_device_id for one in self._equipment.cameras}
            self._sources.gimbals.told = told.pop() if len(told) == 1 else None
        elif kind == "GPS_RAW_INT":
            self._sources.fix_sigma_m = self._facts.fix.horizontal_sigma_m if self._facts.fix else None

    def _take_stamped(self, message: Message, component_id: int, received_utc_ns: int) -> None:
        from_autopilot = component_id == self._facts.autopilot_component
        self._sources.take(message, component_id, received_utc_ns, from_autopilot=from_autopilot)
        if self._sources.reboots != self._reboots_seen:
            self._reboots_seen = self._sources.reboots
            self._note_reboot(component_id, from_autopilot=from_autopilot)

    def _note_reboot(self, component_id: int, *, from_autopilot: bool) -> None:
        self.losses.restart(component_id)
        self.reboots += from_autopilot

    def _take_timesync(self, message: Message, component_id: int, received_utc_ns: int) -> None:
        clock = self._sources.clock(component_id)
        if clock is None or message.tc1 == 0 or message.ts1 not in self._timesyncs_sent:
            return
        del self._timesyncs_sent[message.ts1]
        clock.take_exchange(sent_utc_ns=message.ts1, boot_ns=message.tc1, received_utc_ns=received_utc_ns)

    def pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the camera's pose at an instant, aligned, or why it is not known; causes as in `reported_pose_at`."""
        pose = self.reported_pose_at(utc_ns)
        return pose if isinstance(pose, PoseRefusal) else aligned(pose, self.alignment)

    def reported_pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the camera's pose at an instant as the vehicle reports it, or why it is not known.

        Heights are above home, and the ground plane is taken at home's height: `ground_alt_m` is 0. On the ground a
        pose is a pose as well, though nothing can be placed from there: whoever uses it sees that from its height.
        Causes: `simulated_vehicle`, `two_vehicles`, `no_position`, `position_jump`, `no_attitude`, `no_gimbal`,
        `two_gimbals`, `gimbal_failure`, `unknown_yaw_frame`, `no_intrinsics`, `no_clock`, `stale_pose`.
        """
        place = self._place_at(utc_ns)
        if isinstance(place, PoseRefusal):
            return place
        camera = self._sources.camera_attitude_at(utc_ns, self._camera.sigma if self._camera else None)
        if isinstance(camera, PoseRefusal):
            return camera
        intrinsics = self._intrinsics()
        if isinstance(intrinsics, PoseRefusal):
            return intrinsics
        return self._pose(utc_ns, place, camera, intrinsics)

    @property
    def cameras(self) -> tuple[CameraFact, ...]:
        """The cameras that described themselves."""
        return self._equipment.cameras

    @property
    def video_streams(self) -> tuple[VideoStream, ...]:
        """The video streams that can be opened, as the cameras announce them."""
        return self._equipment.video_streams

    @property
    def gimbals(self) -> tuple[GimbalFact, ...]:
        """The gimbals whose managers described them."""
        return self._equipment.gimbals

    @property
    def uid2(self) -> str | None:
        """The autopilot's own number, hexadecimal; None before it was told."""
        return self._facts.identities[-1][0] if self._facts.identities else None

    @property
    def autopilot_component(self) -> int | None:
        """Component id of the autopilot, None before its first heartbeat."""
        return self._facts.autopilot_component

    @property
    def home(self) -> HomeReading | None:
        """The home position, once it was told."""
        return self._facts.home

    @property
    def geoid_m(self) -> float | None:
        """Height of the geoid above the ellipsoid as the satellite receiver has it; None where it does not tell."""
        return self._facts.geoid_m

    def covered_until_utc_ns(self) -> int | None:
        """Return the latest instant up to which every source behind a pose has data, None where one never had."""
        return self._sources.covered_until_utc_ns()

    def newest_utc_ns(self) -> int | None:
        """Return the latest instant of any reading, on the station's clock."""
        return self._sources.newest_utc_ns()

    def _place_at(self, utc_ns: int) -> Around[PositionReading] | PoseRefusal:
        if self._facts.is_two_vehicles(utc_ns):
            detail = f"two autopilots use system id {self.system_id}; give each vehicle its own"
            return PoseRefusal(cause="two_vehicles", detail=detail)
        if self.refuses_simulated and self._facts.is_simulated:
            return PoseRefusal(cause="simulated_vehicle", detail="it says to be simulated, and this is no exercise")
        fix = self._facts.fix
        if fix is not None and not fix.is_3d and abs(utc_ns - fix.received_utc_ns) < _FIX_HOLDS_NS:
            return PoseRefusal(cause="no_position", detail="the vehicle has no satellite fix in three dimensions")
        return self._sources.position.at(utc_ns)

    def _pose(
        self, utc_ns: int, around: Around[PositionReading], camera: CameraAttitude, intrinsics: Intrinsics
    ) -> CameraPose | PoseRefusal:
        place, home = position_at(around), self._facts.home
        return CameraPose(
            utc_ns=utc_ns,
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            alt_m=place.alt_home_m,
            ground_alt_m=0.0,
            yaw_deg=camera.attitude.yaw_deg,
            pitch_deg=camera.attitude.pitch_deg,
            roll_deg=camera.attitude.roll_deg,
            intrinsics=intrinsics,
            sigma=self._sigma(camera.sigma, place.doubt_m),
            age_ms=max(camera.age_ms, around.distance_ns / 1e6),
            height_datum=HeightDatum.HOME,
            home_lat_deg=None if home is None else home.lat_deg,
            home_lon_deg=None if home is None else home.lon_deg,
            alt_amsl_m=place.alt_amsl_m,
            geoid_m=self._facts.geoid_m,
        )

    def _sigma(self, grown: PoseSigma, doubt_m: float) -> PoseSigma:
        """Return a sigma that is never better in place than the receiver says it is, nor than a jump leaves it."""
        fix_m = self._facts.fix.horizontal_sigma_m if self._facts.fix else None
        return replace(grown, horizontal_m=min(max(grown.horizontal_m, fix_m or 0.0) + doubt_m, BEYOND))

    def _intrinsics(self) -> Intrinsics | PoseRefusal:
        if self._camera is not None:
            return self._camera.intrinsics
        fov = self._facts.fov
        if fov is not None and self.picture_px is not None:
            width_px, height_px = self.picture_px
            return intrinsics_from_fov(
                hfov_deg=fov.hfov_deg, vfov_deg=fov.vfov_deg, width_px=width_px, height_px=height_px
            )
        if self._facts.intrinsics is not None:
            return self._facts.intrinsics
        return PoseRefusal(cause="no_intrinsics", detail="the link tells no intrinsics; give a camera file")

    def state(self, now_utc_ns: int) -> VehicleState:
        """Return what health and the map show now."""
        heard_utc_ns = self.heard_utc_ns.get(self._facts.autopilot_component or 0, 0)
        age_s = silence_s(heard_utc_ns, now_utc_ns)
        facts, place, body = self._facts, self._sources.position.newest, self._sources.body.newest
        component_id = facts.autopilot_component or 0
        clock = self._sources.clock(component_id) or _NO_CLOCK
        return VehicleState(
            system_id=self.system_id,
            utc_ns=now_utc_ns,
            link=link_state_from_age(age_s),
            link_age_s=age_s,
            lat_deg=place.lat_deg if place else None,
            lon_deg=place.lon_deg if place else None,
            alt_home_m=place.alt_home_m if place else None,
            yaw_deg=attitude_from_quaternion(body).yaw_deg if body else None,
            battery_percent=facts.battery_percent,
            mode=facts.mode,
            armed=facts.armed,
            loss_share=self.losses.share(component_id, now_utc_ns),
            messages_per_s=self.losses.frames_per_s(component_id, now_utc_ns),
            uid2=self.uid2,
            round_trip_ms=clock.round_trip_ms,
            gps_minus_station_s=_gps_minus_station_s(facts.utc_of_boot_by_gps_ns, clock.offset_ns),
            alarms=self._alarms_at(now_utc_ns),
            ways=self.ways(now_utc_ns),
            components=self.components.states(now_utc_ns),
        )

    def _alarms_at(self, now_utc_ns: int) -> tuple[str, ...]:
        words = {word for word, raised_ns in self._alarms.items() if now_utc_ns - raised_ns < _ALARM_HOLDS_NS}
        twins = {"two_vehicles_one_system_id"} if self._facts.is_two_vehicles(now_utc_ns) else set()
        views = {"fields_of_view_disagree"} if fields_of_view_disagree(self._hfovs_deg()) else set()
        simulated = {"simulated"} if self._facts.is_simulated else set()
        return tuple(sorted(words | twins | views | simulated))

    def _hfovs_deg(self) -> list[float]:
        """Return every horizontal field of view that is told of the camera; a calibration's wins, all are shown."""
        told = [stream.hfov_deg for stream in self.video_streams if stream.hfov_deg and not stream.is_thermal]
        told += [self._facts.fov.hfov_deg] if self._facts.fov else []
        lens = self._camera.intrinsics if self._camera else None
        return [*told, math.degrees(2 * math.atan(lens.width_px / 2 / lens.fx_px))] if lens else told


def _gps_minus_station_s(by_gps_ns: int | None, by_station_ns: int | None) -> float | None:
    return None if by_gps_ns is None or by_station_ns is None else (by_gps_ns - by_station_ns) / 1e9
