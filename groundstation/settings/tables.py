"""The tables of the settings that every station has: its name and address, its links, its cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from flightlink.errors import LinkError
from flightlink.links.address import address_from_text
from flightlink.links.admission.plan import LinkPlan, link_plan
from flightlink.mission import HARD_CEILING_PX_PER_M, RedactionLevel

LOOPBACK_HOSTS: Final = ("127.0.0.1", "::1", "localhost")
AUTO: Final = "auto"
"""A video whose address the vehicle tells."""
VIDEO_SCHEMES: Final = ("rtsp", "rtsps", "rtp", "udp", "srt", "rtmp", "rtmps", "tcp")
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


class Table(BaseModel):
    """One table: frozen, and without settings that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class StationTable(Table):
    """`[station]`: under what name and address the station serves."""

    name: str = Field(
        default="station", title="Name", min_length=1, max_length=80, examples=["Place du Capitole"],
        description="Shown on top of every page.",
    )  # fmt: skip
    host: str = Field(
        default="127.0.0.1", title="Address", examples=["127.0.0.1"],
        description="Loopback only (127.0.0.1, ::1 or localhost) without `[tls]`.",
    )  # fmt: skip
    port: int = Field(
        default=8080, title="Port", ge=0, le=65535, examples=[8080],
        description="TCP port of the pages; 0 takes a free one and prints it.",
    )  # fmt: skip
    state_dir: Path = Field(
        default=Path("state"), title="State", examples=["state"],
        description="Folder of what must outlive a restart (time stamps of signing, alignments of cameras, zones, "
        "acknowledgements, audit, users, sessions); relative to the settings file.",
    )  # fmt: skip

    exercise: bool = Field(
        default=False, title="Exercise", examples=[True],
        description="Nothing of it is real: every page, file and line says so; it needs a `state_dir` of its own.",
    )  # fmt: skip


class LinkTable(Table):
    """`[[link]]`: one MAVLink connection; several vehicles may share it."""

    url: str = Field(
        title="Address", examples=["udpin://127.0.0.1:14550"],
        description="`udpin://`, `udpout://`, `tcp://` or `tcpin://` with `HOST:PORT`, `serial:///DEVICE?baud=N`, or "
        "`tlog://FILE` in a replay.",
    )  # fmt: skip
    allow: tuple[str, ...] = Field(
        default=(), title="Allowed addresses", examples=[["10.0.0.0/24"]],
        description="Networks that a listening link listens to; needed beyond loopback, unless a key decides.",
    )  # fmt: skip
    key_file: Path | None = Field(
        default=None, title="Signing key", examples=["link.key"],
        description="File with the key of MAVLink 2 signing: nothing unsigned counts. Relative to the settings file.",
    )  # fmt: skip
    system_ids: tuple[Annotated[int, Field(ge=1, le=252)], ...] = Field(
        default=(), title="System ids", examples=[[1, 2]], description="Vehicles taken in over this link; else any.",
    )  # fmt: skip

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            address_from_text(url)
        except LinkError as error:
            raise ValueError(f"an address of a link ({error})") from error
        return url

    @model_validator(mode="after")
    def _says_who_may_speak(self) -> Self:
        try:
            _ = self.plan
        except LinkError as error:
            raise ValueError(f"who may speak ({error})") from error
        return self

    @property
    def plan(self) -> LinkPlan:
        """The same as the links take it."""
        return link_plan(self.url, allow=self.allow, key_file=self.key_file, system_ids=self.system_ids)


class CameraTable(Table):
    """`[[camera]]`: one video and where its camera is: on a vehicle, or fixed in place."""

    name: Name = Field(
        title="Name", examples=["north"],
        description="Unique; letters, digits, `-` and `_`; part of the addresses of its video.",
    )  # fmt: skip
    video: str = Field(
        default=AUTO, title="Video", min_length=1, examples=["rtsp://192.168.1.20:8554/main"],
        description="FFmpeg address (RTSP, RTP, MPEG-TS over UDP, SRT, RTMP) or a file, relative to the settings file; "
        "`auto`: as the vehicle tells.",
    )  # fmt: skip
    video_hosts: tuple[str, ...] = Field(
        default=(), title="Hosts of the video", examples=[["192.168.1.20"]],
        description="With `auto`: hosts that may be told beside the vehicle's own address.",
    )  # fmt: skip
    system_id: int | None = Field(
        default=None, title="System id", ge=1, le=252, examples=[1],
        description="MAVLink system id of the vehicle that carries the camera; needs a `[[link]]`.",
    )  # fmt: skip
    file: Path | None = Field(
        default=None, title="Camera file", examples=["north.toml"],
        description="Intrinsics, and a fixed pose for a camera that stands still. Relative to the settings file.",
    )  # fmt: skip
    video_latency_s: float | None = Field(
        default=None, title="Video latency", ge=0, le=10, allow_inf_nan=False, examples=[0.2],
        description="Seconds from capture to arrival; else that of the camera file, else 0.",
    )  # fmt: skip
    pose: Literal["auto", "mavlink", "klv", "sei"] = Field(
        default="auto", title="Source of the pose", examples=["klv"],
        description="`mavlink`, `klv` or `sei` (of the video), or `auto`: `sei`, else `klv`, else `mavlink`.",
    )  # fmt: skip
    video_starts_utc: AwareDatetime | None = Field(
        default=None, title="Start of the video", examples=["2026-07-14T18:00:00Z"],
        description="When the first picture of a recorded video was taken; for a `[replay]` only.",
    )  # fmt: skip
    point: bool = Field(
        default=False, title="Pointing", examples=[True],
        description="Lets the pilot point this vehicle's gimbal, at places in the mission's area only.",
    )  # fmt: skip
    level: RedactionLevel | None = Field(
        default=None, title="Redaction level", examples=["strict"],
        description="`strict` or `floor`; may only be stricter than the mission's. Default: the mission's.",
    )  # fmt: skip
    published_px_per_m: float | None = Field(
        default=None, title="Published px/m", gt=0, le=HARD_CEILING_PX_PER_M, allow_inf_nan=False, examples=[15.0],
        description="May only lower the mission's pixel density of the published video.",
    )  # fmt: skip

    @field_validator("video")
    @classmethod
    def _is_a_stream_or_a_file(cls, video: str) -> str:
        scheme, mark, _ = video.partition("://")
        if mark and scheme not in VIDEO_SCHEMES:
            raise ValueError(f"a file, or an address that begins with one of {', '.join(VIDEO_SCHEMES)}")
        return video

    @property
    def pose_is_in_video(self) -> bool:
        """Whether the video alone may tell where its camera is."""
        return self.pose in ("klv", "sei")

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.system_id is None and self.file is None and not self.pose_is_in_video:
            raise ValueError("system_id of its vehicle, or file with a fixed pose: else no pixel is released")
        if self.video == AUTO and self.system_id is None:
            raise ValueError("video, an address or a file; only a vehicle (system_id) can tell where its video is")
        if self.video_hosts and self.video != AUTO:
            raise ValueError("video_hosts only with video = auto")
        if self.point and self.system_id is None:
            raise ValueError("system_id of the vehicle whose gimbal shall be pointed, or no point")
        return self
