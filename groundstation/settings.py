"""The settings file (STATION.toml): which links and cameras there are, and under what name the station serves.

Every error is one line: file, field, what was found, what was expected, how to mend it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from flightlink.address import address_from_text
from flightlink.errors import FlightlinkError, LinkError
from flightlink.mission import HARD_CEILING_PX_PER_M, RedactionLevel
from flightlink.toml_fields import table_from_file
from groundstation.errors import BadInputError

LOOPBACK_HOSTS: Final = ("127.0.0.1", "::1", "localhost")
VIDEO_SCHEMES: Final = ("rtsp", "rtsps", "rtp", "udp", "srt", "rtmp", "rtmps", "tcp")
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class StationTable(_Table):
    """`[station]`: under what name and address the station serves."""

    name: str = Field(
        default="station", title="Name", min_length=1, max_length=80, examples=["Place du Capitole"],
        description="Shown on top of every page.",
    )  # fmt: skip
    host: str = Field(
        default="127.0.0.1", title="Address", examples=["127.0.0.1"],
        description="Loopback only (127.0.0.1, ::1 or localhost) until roles exist.",
    )  # fmt: skip
    port: int = Field(
        default=8080, title="Port", ge=0, le=65535, examples=[8080],
        description="TCP port of the pages; 0 takes a free one and prints it.",
    )  # fmt: skip

    @field_validator("host")
    @classmethod
    def _loopback_only(cls, host: str) -> str:
        if host not in LOOPBACK_HOSTS:
            raise ValueError(f"a loopback address ({', '.join(LOOPBACK_HOSTS)}): other addresses need roles")
        return host


class LinkTable(_Table):
    """`[[link]]`: one MAVLink connection; several vehicles may share it."""

    url: str = Field(
        title="Address", examples=["udpin://127.0.0.1:14550"],
        description="`udpin://`, `udpout://`, `tcp://` or `tcpin://` with `HOST:PORT`, or `serial:///DEVICE?baud=N`.",
    )  # fmt: skip

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            address_from_text(url)
        except LinkError as error:
            raise ValueError(f"an address of a link ({error})") from error
        return url


class CameraTable(_Table):
    """`[[camera]]`: one video and where its camera is: on a vehicle, or fixed in place."""

    name: Name = Field(
        title="Name", examples=["north"],
        description="Unique; letters, digits, `-` and `_`; part of the addresses of its video.",
    )  # fmt: skip
    video: str = Field(
        title="Video", min_length=1, examples=["rtsp://192.168.1.20:8554/main"],
        description="FFmpeg address (RTSP, RTP, MPEG-TS over UDP, SRT, RTMP) or a file, relative to the settings file.",
    )  # fmt: skip
    system_id: int | None = Field(
        default=None, title="System id", ge=1, le=255, examples=[1],
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

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.system_id is None and self.file is None:
            raise ValueError("system_id of its vehicle, or file with a fixed pose: else no pixel is released")
        return self


class Settings(_Table):
    """The whole file, checked."""

    station: StationTable = Field(default=StationTable(), title="Station", description="Name and address.")
    mission: dict[str, Any] | None = Field(
        default=None, title="Mission", examples=[{"purpose": "market day"}],
        description="As in a mission file; or give `--mission FILE`.",
    )  # fmt: skip
    link: tuple[LinkTable, ...] = Field(default=(), title="Links", description="MAVLink connections.")
    camera: tuple[CameraTable, ...] = Field(title="Cameras", description="At least one.")

    @field_validator("link")
    @classmethod
    def _each_link_once(cls, links: tuple[LinkTable, ...]) -> tuple[LinkTable, ...]:
        _refuse_repeats([link.url for link in links])
        return links

    @field_validator("camera")
    @classmethod
    def _names_unique_and_links_there(
        cls, cameras: tuple[CameraTable, ...], info: ValidationInfo
    ) -> tuple[CameraTable, ...]:
        if not cameras:
            raise ValueError("at least one [[camera]]")
        _refuse_repeats([camera.name for camera in cameras])
        carried = [camera.name for camera in cameras if camera.system_id is not None]
        _refuse_repeats([f"system_id {camera.system_id}" for camera in cameras if camera.system_id is not None])
        # a link with a fault is told by its own line
        if carried and info.data.get("link") == ():
            raise ValueError(f"a [[link]] for the vehicle that carries camera {carried[0]}")
        return cameras


def _refuse_repeats(words: list[str]) -> None:
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"each one once, {word} is there {words.count(word)} times")


_TABLES: Final[dict[str, type[_Table]]] = {"station": StationTable, "link": LinkTable, "camera": CameraTable}


def settings_from_table(table: dict[str, Any], *, path: Path) -> Settings:
    """Return checked settings with paths made absolute from the folder of `path`.

    Raises:
        BadInputError: one line for each fault.
    """
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        raise BadInputError("\n".join(_fault_line(path, fault) for fault in error.errors())) from error
    cameras = tuple(_with_absolute_paths(camera, path.resolve().parent) for camera in settings.camera)
    return settings.model_copy(update={"camera": cameras})


def settings_from_file(path: Path) -> Settings:
    """Return the settings of a file.

    Raises:
        FlightlinkError: the file cannot be read.
        BadInputError: one line for each fault in it.
    """
    return settings_from_table(table_from_file(path, FlightlinkError), path=path)


def _with_absolute_paths(camera: CameraTable, folder: Path) -> CameraTable:
    video = camera.video if "://" in camera.video else str(folder / camera.video)
    file = None if camera.file is None else folder / camera.file
    return camera.model_copy(update={"video": video, "file": file})


def _fault_line(path: Path, fault: ErrorDetails) -> str:
    where = f"{path}: {_field_name(fault)}"
    field = _field_at(fault)
    example = _example(fault, field)
    match fault["type"]:
        case "missing":
            return f"{where}: missing; add {example}"
        case "extra_forbidden":
            return f"{where}: unknown setting; remove it or mend its spelling (docs/settings.md lists all)"
        case "tuple_type":
            return f"{where}: found one table, expected a list of them; write its header as [[{_field_name(fault)}]]"
        case "string_pattern_mismatch" if field is not None:
            return f"{where}: found {_short(fault['input'])}, expected {field.description} For instance {example}"
    expected = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{where}: found {_short(fault['input'])}, expected {expected}; write for instance {example}"


def _field_name(fault: ErrorDetails) -> str:
    """Return for instance `camera.1.level`: tables that repeat are counted from 1."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"]) or "file"


def _short(value: object) -> str:
    text = f"{len(value)} entries" if isinstance(value, dict | list | tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _field_at(fault: ErrorDetails) -> FieldInfo | None:
    names = [part for part in fault["loc"] if isinstance(part, str)]
    model = _TABLES.get(names[0], Settings) if len(names) > 1 else Settings
    return model.model_fields.get(names[-1]) if names else None


def _example(fault: ErrorDetails, field: FieldInfo | None) -> str:
    """Return `name = value` from the field's own example, or the header of its table."""
    name = next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "")
    if field is None or not field.examples:
        return f"[[{name}]] as in docs/settings.md"
    example = field.examples[0]
    return f'{name} = "{example}"' if isinstance(example, str) else f"{name} = {example}"
