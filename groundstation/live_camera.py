"""One live camera of the station: its worker's watch, where it is, and what is known of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from flightlink.alignment import Alignment, aligned
from flightlink.camera_file import CameraFile
from flightlink.mission import Mission
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.replay_time import ReplayTime
from flightlink.vehicle.equipment.addresses import VideoAddress, VideoRefusal, hosts_of, video_address
from flightlink.vehicle.pump import PosePump
from flightlink.vehicle.tracker import VehicleTracker
from groundstation.alignment.desk import AlignmentDesk
from groundstation.alignment.shown import ShownPictures
from groundstation.alignment.store import AlignmentFile
from groundstation.errors import BadInputError
from groundstation.flight import epsg_of, stricter
from groundstation.health import CameraStatus, LinkStatus
from groundstation.logs import event
from groundstation.outbox import Outbox
from groundstation.settings import CameraTable
from groundstation.settings.replayed import utc_ns_of
from groundstation.settings.tables import AUTO
from groundstation.supervision import CameraWatch, Change, WorkerState
from groundstation.told_poses import ToldPoses
from groundstation.vehicles import CameraView, link_status, refusal_of
from groundstation.worker_process import WORKER_COMMAND
from maps.cells import CellCounts
from vision.frames import Media, RedactedFrame
from vision.models.store import models_dir
from vision.wire import EngineName, Job, Message, Opened, Order, PoseTold

_LOG: Final = logging.getLogger(__name__)


def live_order(
    table: CameraTable,
    camera: CameraFile | None,
    mission: Mission,
    *,
    core_share: float,
    replay: ReplayTime | None = None,
    engine: EngineName = EngineName.ONNXRUNTIME,
) -> Order:
    """Return what each worker of a live camera is told.

    Args:
        table: the camera's settings.
        camera: its file.
        mission: what is enforced.
        core_share: its share of the machine.
        replay: the clock by which its recording plays; None for a camera that is live.
        engine: what runs the detectors.

    Raises:
        BadInputError: a camera on no vehicle has no fixed pose.
    """
    stands = camera is not None and table.system_id is None and not table.pose_is_in_video
    fixed_pose = camera.standing_pose if camera is not None and stands else None
    if table.system_id is None and fixed_pose is None and not table.pose_is_in_video:
        raise BadInputError(
            f"{table.file}: has no fixed pose for camera {table.name}; add lat_deg, ..., or a system_id"
        )
    asked_px_per_m = table.published_px_per_m or mission.published_px_per_m
    latency_s = table.video_latency_s if table.video_latency_s is not None else camera and camera.video_latency_s
    return Order(
        source=table.name,
        video="" if table.video == AUTO else table.video,
        job=Job.WATCH if replay is None else Job.REPLAY,
        models_dir=str(models_dir()),
        epsg=epsg_of(mission),
        intrinsics=None if camera is None else camera.intrinsics,
        fixed_pose=fixed_pose,
        mission=mission,
        video_starts_utc_ns=None if table.video_starts_utc is None else utc_ns_of(table.video_starts_utc),
        video_latency_s=latency_s or 0.0,
        level=stricter(table.level, mission.level),
        published_px_per_m=min(asked_px_per_m, mission.published_px_per_m),
        core_share=core_share,
        replay=replay,
        engine=engine,
        pose_wanted=table.pose,
        is_latency_measured=latency_s is not None,
        stated_sigma=None if camera is None else camera.sigma,
        alignment=None if camera is None else camera.alignment,
    )


class LiveCamera:
    """Takes what its worker says to the outbox and the map; hands it the poses of its vehicle.

    Args:
        order: what its workers are told.
        system_id: the vehicle that carries it; None for a camera that stands still.
        outbox: gets its redacted frames.
        count: gets its counts.
        trackers: the vehicles heard so far, by system id.
        clock: UTC now in nanoseconds.
        file: what its camera file says, if it has one.
        alignments: folder where its alignment is kept.
        video_hosts: hosts that the vehicle may name beside its own for its video; None where the settings give it.
        command: the program of the worker.

    Raises:
        CameraFileError: the alignment that is kept is damaged.
    """

    def __init__(
        self,
        order: Order,
        *,
        system_id: int | None,
        outbox: Outbox,
        count: Callable[[CellCounts], None],
        trackers: Mapping[int, VehicleTracker],
        clock: Callable[[], int],
        file: CameraFile | None,
        alignments: Path,
        video_hosts: frozenset[str] | None = None,
        command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self._order = order
        self._reported = file.fixed_pose if file is not None else None
        self._alignment: Alignment | None = None
        self._shown = ShownPictures()
        self._system_id = system_id
        self._outbox = outbox
        self._count = count
        self._trackers = trackers
        self._clock = clock
        self._poses_sent_until_ns = 0
        self._picture_px: tuple[int, int] | None = None
        self._told = ToldPoses()
        self._video_hosts = video_hosts
        self._video: VideoAddress | VideoRefusal | None = None
        self.status = CameraStatus(name=order.source, system_id=system_id, utc_ns=clock())
        self.watch = CameraWatch(self._order, take=self._take, changed=self._change, command=command)
        self.desk = AlignmentDesk(
            order.source, shown=self._shown, file=AlignmentFile(alignments, order.source), apply=self._align,
            by_camera_file=None if file is None else file.alignment, clock=clock,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """Name of the camera."""
        return self._order.source

    def _take(self, message: Message) -> None:
        self.status.take(message, self._clock())
        match message:
            case RedactedFrame():
                # a worker speaks for its own camera only, whatever name it puts on a frame
                self._outbox.put_frame(message.named(self.name))
                if message.media is Media.JPEG and not message.closed_because:
                    self._remember(message)
            case CellCounts():
                self._count(replace(message, source=self.name))
            case Opened():
                self._picture_px = (message.width_px, message.height_px)
            case PoseTold():
                self._told.take(message.pose, self._clock())

    def _remember(self, picture: RedactedFrame) -> None:
        """Keep the reported pose of a picture that viewers may align the camera by."""
        pose = self._reported_at(picture.utc_ns)
        if isinstance(pose, CameraPose):
            self._shown.add(pose, width_px=picture.width_px, height_px=picture.height_px)

    def _reported_at(self, utc_ns: int) -> CameraPose | PoseRefusal | None:
        if self._order.fixed_pose is not None:
            return None if self._reported is None else replace(self._reported, utc_ns=utc_ns)
        told = self._told.reported_at(utc_ns)
        if told is not None:
            return told
        return None if self.tracker is None else self.tracker.reported_pose_at(utc_ns)

    def _align(self, alignment: Alignment | None) -> None:
        """Put an alignment in force; a camera that stands still gets a new worker, which is told its pose but once."""
        self._alignment = alignment
        if self._order.fixed_pose is None:
            self._order = replace(self._order, alignment=alignment)
            # the worker itself aligns what its video tells; poses of the link come to it aligned
            self.watch.renew(self._order, at_once=self._told.newest(self._clock()) is not None)
            return
        if self._reported is None:
            return
        pose = aligned(self._reported, alignment)
        if pose != self._order.fixed_pose:
            self._order = replace(self._order, fixed_pose=pose)
            self.watch.renew(self._order)

    def _change(self, change: Change) -> None:
        self.status.change(change, self._clock())
        if change.state is not WorkerState.RUNNING:
            self._outbox.videos[self.name].clear()

    @property
    def tracker(self) -> VehicleTracker | None:
        """The vehicle that carries it, once it has been heard."""
        tracker = None if self._system_id is None else self._trackers.get(self._system_id)
        if tracker is not None and tracker.picture_px is None:
            tracker.picture_px = self._picture_px
        if tracker is not None:
            tracker.alignment = self._alignment
        return tracker

    def pump_poses(self, utc_ns: int) -> None:
        """Send the worker the poses that have become known since the last call."""
        tracker = self.tracker
        if tracker is None:
            return
        if self._poses_sent_until_ns > utc_ns:
            self._poses_sent_until_ns = 0  # the clock was set back
        for pose in PosePump(tracker).new_poses(self._poses_sent_until_ns, utc_ns):
            self.watch.send_pose(pose)
            self._poses_sent_until_ns = pose.utc_ns

    def follow_video(self, utc_ns: int) -> None:
        """Open the video that the vehicle tells, anew when it tells another; one that is refused changes nothing."""
        tracker = self.tracker
        if self._video_hosts is None or tracker is None:
            return
        hosts = hosts_of(tracker.ways(utc_ns))
        self._video = video_address(tracker.video_streams, hosts=hosts, allowed=self._video_hosts)
        if isinstance(self._video, VideoRefusal):
            self.status.seek(self._video.cause, utc_ns)
        elif self._video.url != self._order.video:
            event(_LOG, "video_told", camera=self.name, address=self._video.shown)
            self._order = replace(self._order, video=self._video.url)
            self.watch.renew(self._order)

    def view_at(self, utc_ns: int) -> CameraView:
        """Return where the camera is at an instant, or why nobody knows; in a replay, where its picture shows it."""
        behind_ns = 0 if self._order.replay is None else self._order.replay.video_delay_ns
        return CameraView(name=self.name, system_id=self._system_id, pose=self._pose_at(utc_ns - behind_ns))

    def _pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        if self._order.fixed_pose is not None:
            return replace(self._order.fixed_pose, utc_ns=utc_ns)
        told = self._told.newest(utc_ns)
        if told is not None:
            return told
        tracker = self.tracker
        if self._system_id is None:
            return PoseRefusal(cause="no_pose", detail="the video has told no pose of now")
        if tracker is None:
            return PoseRefusal(cause="no_vehicle", detail=f"no vehicle with system id {self._system_id} was heard yet")
        return tracker.pose_at(utc_ns)

    def link_at(self, utc_ns: int) -> LinkStatus | None:
        """Return the link of the vehicle that carries it, None for a camera that stands still."""
        if self._system_id is None:
            return None
        tracker = self.tracker
        return link_status(None if tracker is None else tracker.state(utc_ns))

    def document_at(self, utc_ns: int) -> dict[str, Any]:
        """Return the camera's part of the health document."""
        refusal = refusal_of(self.view_at(utc_ns))
        document = self.status.document(link=self.link_at(utc_ns), pose_refusal=refusal)
        return {**document, "video": None if self._video_hosts is None else video_part(self._video)}


def video_part(told: VideoAddress | VideoRefusal | None) -> dict[str, Any]:
    """Return what the vehicle tells of its video now, without secrets."""
    return {
        "address": told.shown if isinstance(told, VideoAddress) else None,
        "refusal": told.cause if isinstance(told, VideoRefusal) else None,
        "says": told.detail if isinstance(told, VideoRefusal) else None,
    }
