"""What the station knows of its cameras, and the health document made of it. Values in, JSON-able values out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from flightlink.mission import Mission
from flightlink.replay_time import ReplayTime
from groundstation.guest_causes import GUEST_SAYS, guests_say
from groundstation.instants import text_from_utc_ns
from groundstation.seen_causes import SEEN_SAYS
from groundstation.supervision import Change, WorkerState
from vision.wire import Message, Opened, WorkerHealth

GATE_OPEN: Final = "open"
UNSEALED: Final = "unsealed"

SAYS: Final[dict[str, str]] = {
    "open": "The gate is open: pictures pass, redacted.",
    # the station and its worker
    "unsealed": "This machine cannot seal the camera's process, so only counts leave it; `seal` says what fails.",
    "worker_starting": "The camera's process is starting: it loads its detectors and opens its video.",
    "worker_waiting": "The camera's process has ended, mostly because its video was lost; a new one starts by itself.",
    "worker_stopped": "The camera's process cannot run here; mend what it says, then start the station again.",
    "worker_seeking": "Nobody has said yet where the camera's video is.",
    "no_video_stream": "The vehicle has not told where its video is; switch its camera on, or give `video`.",
    "video_host_refused": "The vehicle tells a video at a foreign host; name it in `video_hosts` if it is right.",
    "video_kind_refused": "The vehicle tells a video of a kind that cannot be opened by itself; give `video`.",
    "worker_ended": "The recording of this camera is at its end.",
    "no_frame_yet": "The video is open, but the first picture has not come; it should within seconds.",
    "no_picture_yet": "The video is open, but the first picture has not come; it should within seconds.",
    # the mission
    "mission_not_started": "The mission has not started; it opens by itself at its start.",
    "mission_ended": "The mission has ended; a new mission is needed.",
    "outside_altitude_band": "The camera is outside the heights that the mission allows; fly back into them.",
    "no_open_ground": "Nothing in view may be looked at: turn the camera to the authorised area, not too flat.",
    # where the camera is
    "no_vehicle": "No vehicle with this camera's number has been heard; check the link and the system id.",
    "two_vehicles": "Two vehicles answer to one number; give each its own system id.",
    "simulated_vehicle": "The vehicle says that it is simulated, and this is no exercise; see [station] exercise.",
    "no_pose": "Nothing says where the camera is; check the link and the camera file.",
    "stale_pose": "The camera's last position is too old; it opens when telemetry is in time again.",
    "no_home_position": "The height model needs to know where home is; ask the vehicle for it, or wait for it to arm.",
    "no_geoid_separation": "Heights are above the ellipsoid and nobody tells the geoid; give [ground] geoid.",
    "no_terrain": "The height model knows no ground below the camera or at home; give one that covers the flight.",
    "no_position": "The vehicle sends no position; wait for its satellite fix.",
    "position_jump": "The vehicle's place jumped further than it flies; it is believed again when it holds.",
    "no_attitude": "The vehicle sends no attitude; ask it for the message or check its link.",
    "no_gimbal": "The gimbal does not say where it points; let it send its attitude, or give the mount in the file.",
    "two_gimbals": "Two gimbals point to different places; say in the camera's file which one carries the camera.",
    "gimbal_failure": "The gimbal reports a failure; land and mend it.",
    "unknown_yaw_frame": "The gimbal does not say what its yaw counts from; update its firmware, or give the mount.",
    "unknown_pitch_convention": "Nobody knows from where this maker's pitch counts; give the pose as a line.",
    "unknown_coordinate_order": "Latitude and longitude could be either way round; use another file of the flight.",
    "unknown_height_datum": "The heights do not say from where they count; use a file that does, or a log.",
    "off_the_map": "The camera says to be far from its mission, where the map's grid does not hold; check its place.",
    "no_height": "The height over the ground is not known; take off, or give the ground's height.",
    "no_clock": "The vehicle's clock is not known, so its positions have no time; wait for its time messages.",
    "wrong_time": "The video's own clock is off, so its poses are refused; set the camera's clock.",
    "fov_unlike_camera_file": "The video tells another zoom than the camera file; zoom back, or calibrate anew.",
    "frame_centre_unlike_angles": "The video's frame centre is not where its angles point; mend its mount.",
    "video_pose_unlike_link": "Video and link tell different poses of the camera; mend one, or name the true one.",
    "no_intrinsics": "The camera's optics are not known; give the camera a file with its focal length.",
    # the pictures
    "detector_late": "The detectors did not look in time; the machine is too slow or too busy for its cameras.",
    "frames_out_of_order": "Pictures came out of order and were withheld; check the video's way.",
    "frames_stopped": "No pictures come; the video is opened anew if it stays silent.",
    "clock_jumped": "A clock was set while the video ran; it opens by itself once time runs on.",
    "camera_file_aspect": "The picture has another shape than in the camera file; calibrate the camera in this mode.",
    "picture_size_changed": "The picture's size changed on the way, and no pose says how; cut the file there.",
    "above_detector_missing": "The detector for steep views is missing: such ground is not counted; run `make setup`.",
    "above_detector_changed": "The detector for steep views is another file or does not run; run `make setup`.",
    **SEEN_SAYS,
    **GUEST_SAYS,
}
"""What each state of a gate means and what mends it, in one sentence; the words of the pages are in `static/`."""
UNKNOWN_SAYS: Final = "The gate is closed for a cause that this version does not know; see the log."


def says(cause: str) -> str:
    """Return the sentence of a cause, or of `open`."""
    return SAYS.get(cause, UNKNOWN_SAYS)


class MissionState(StrEnum):
    """Where now lies in the mission's time window."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    ENDED = "ended"


def mission_state(mission: Mission, utc_ns: int) -> MissionState:
    """Return where an instant lies in the mission's time window."""
    match mission.refusal_at(utc_ns):
        case None:
            return MissionState.RUNNING
        case "mission_not_started":
            return MissionState.NOT_STARTED
        case _:
            return MissionState.ENDED


def area_polygon(mission: Mission) -> dict[str, Any]:
    """Return the mission area as a GeoJSON Polygon."""
    ring = [list(corner) for corner in (*mission.area, mission.area[0])]
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The MAVLink connection of one vehicle."""

    state: str
    """`connected`, `stale`, `lost` or `never`."""
    age_s: float | None
    """Since the vehicle's last message; None before the first."""
    loss: float | None
    """Share of its messages that went missing."""


class CameraStatus:
    """What one camera's workers have told so far; one owner feeds it."""

    def __init__(self, *, name: str, system_id: int | None, utc_ns: int) -> None:
        self.name, self.system_id = name, system_id
        self.state, self.restarts = WorkerState.STARTING, 0
        self._why = ""
        self._opened: Opened | None = None
        self._health: WorkerHealth | None = None
        self.waits_for = ""
        """Cause why it is not known where its video is."""
        self._gate, self._gate_since_ns = "", utc_ns

    def take(self, message: Message, utc_ns: int) -> None:
        """Note what the worker says of itself; other messages change nothing."""
        match message:
            case Opened():
                self._opened = message
            case WorkerHealth():
                self._health = message
        self._note_gate(utc_ns)

    def change(self, change: Change, utc_ns: int) -> None:
        """Note a new state of the worker; what an earlier worker said is void unless it is running."""
        self.restarts += change.state is WorkerState.WAITING
        self.state, self._why = change.state, change.why or self._why
        if change.state is WorkerState.RUNNING:
            self._why = ""
        else:
            self._opened = self._health = None
        self._note_gate(utc_ns)

    def seek(self, cause: str, utc_ns: int) -> None:
        """Note why it is not known where its video is; counts while no worker has one."""
        self.waits_for = cause
        self._note_gate(utc_ns)

    @property
    def why(self) -> str:
        """Why the last worker ended; empty while one runs."""
        return self._why

    @property
    def opened(self) -> Opened | None:
        """What the running worker said of its source and its seal."""
        return self._opened

    @property
    def health(self) -> WorkerHealth | None:
        """What the running worker said of itself last."""
        return self._health

    @property
    def gate(self) -> str:
        """`open`, or the cause that holds the gate closed; without a running worker nothing can pass."""
        if self.state is WorkerState.SEEKING and self.waits_for:
            return self.waits_for
        if self.state is not WorkerState.RUNNING:
            return f"worker_{self.state}"
        if self._opened is not None and not self._opened.sealed:
            return UNSEALED
        return "no_frame_yet" if self._health is None else self._health.gate

    def _note_gate(self, utc_ns: int) -> None:
        if self.gate != self._gate:
            self._gate, self._gate_since_ns = self.gate, utc_ns

    def document(self, *, link: LinkStatus | None, pose_refusal: str | None) -> dict[str, Any]:
        """Return the camera's part of the health document."""
        return {
            "name": self.name,
            "system_id": self.system_id,
            "link": None if link is None else asdict(link),
            "pose_refusal": pose_refusal,
            "gate": self.gate,
            "gate_says": says(self.gate),
            "since_utc": text_from_utc_ns(self._gate_since_ns),
            "worker": {"state": self.state.value, "why": self._why},
            "restarts": self.restarts,
            **_opened_part(self._opened),
            **_health_part(self._health),
            "counts_say": _says_of(self._health, "counts_withheld_because"),
            "detectors_say": _says_of(self._health, "detector_missing_because"),
            "guests_say": None if self._health is None else guests_say(self._health.guest_detectors),
        }


def _opened_part(opened: Opened | None) -> dict[str, Any]:
    if opened is None:
        return {"sealed": False, "seal": {}, "codec": None, "width_px": None, "height_px": None}
    return {name: getattr(opened, name) for name in ("sealed", "seal", "codec", "width_px", "height_px")}


_HEALTH_FIELDS: Final = (
    "fps", "latency_ms", "cap_px_per_m", "camera_px_per_m", "uncapped_from_agl_m", "masked_share", "count_rate_hz",
    "detector_missing_because", "frames_in", "frames_out", "frames_withheld", "withheld_because",
    "counts_withheld_because", "guest_detectors",
    "pose_from", "video_pose_refused", "time_from", "time_error_ms", "time_offset_s", "time_offset_sigma_s",
)  # fmt: skip


def _health_part(health: WorkerHealth | None) -> dict[str, Any]:
    return {name: None if health is None else getattr(health, name) for name in _HEALTH_FIELDS}


def _says_of(health: WorkerHealth | None, name: str) -> str | None:
    """Return the sentence of a cause that stands beside the gate's own, None where there is none."""
    cause = _health_part(health)[name]
    return says(cause) if cause else None


def health_document(
    *,
    station: str,
    mission: Mission,
    cameras: list[dict[str, Any]],
    links: list[dict[str, Any]],
    utc_ns: int,
    map_frozen_since_ns: int | None,
    record: dict[str, Any] | None = None,
    replay: ReplayTime | None = None,
    exercise: bool = False,
) -> dict[str, Any]:
    """Return the whole health document.

    Args:
        station: its name.
        mission: what is enforced.
        cameras: each camera's part.
        links: each link's part.
        utc_ns: the station's clock; in a replay, recorded time.
        map_frozen_since_ns: when the mission's end froze the map.
        record: what the logbook says, None where nothing is written down.
        replay: the clock of a replay, None for a station that is live.
        exercise: whether the station is on an exercise.
    """
    state = mission_state(mission, utc_ns)
    return {
        "status": _status(state, [camera["gate"] for camera in cameras]),
        "utc": text_from_utc_ns(utc_ns),
        "station": station,
        "mission": {
            "purpose": mission.purpose,
            "state": state.value,
            "starts_utc": text_from_utc_ns(mission.starts_utc_ns),
            "ends_utc": text_from_utc_ns(mission.ends_utc_ns),
            "min_agl_m": mission.min_agl_m,
            "max_agl_m": mission.max_agl_m,
            "level": mission.level.value,
            "published_px_per_m": mission.published_px_per_m,
            "area": area_polygon(mission),
        },
        "map_frozen_since_utc": None if map_frozen_since_ns is None else text_from_utc_ns(map_frozen_since_ns),
        "links": links,
        "record": record,
        "replay": None if replay is None else _replay_part(replay),
        "exercise": exercise,
        "cameras": cameras,
    }


def _replay_part(replay: ReplayTime) -> dict[str, Any]:
    return {
        "times_as_fast": replay.speed,
        "starts_utc": text_from_utc_ns(replay.starts_utc_ns),
        "says": "REPLAY: this was recorded. Nothing that is shown is live.",
    }


def _status(state: MissionState, gates: list[str]) -> str:
    if state is not MissionState.RUNNING:
        return state.value
    if GATE_OPEN not in gates:
        return "closed"
    return "ok" if all(gate == GATE_OPEN for gate in gates) else "degraded"
