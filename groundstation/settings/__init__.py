"""The settings file (STATION.toml): which links and cameras there are, and under what name the station serves.

Every error is one line: file, field, what was found, what was expected, how to mend it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from flightlink.errors import FlightlinkError
from flightlink.replay_time import LEAST_SPEED, MOST_SPEED
from flightlink.toml_fields import table_from_file
from groundstation.errors import BadInputError
from groundstation.settings.detection import DetectionTable
from groundstation.settings.drawn import MapTable
from groundstation.settings.faults import fault_line
from groundstation.settings.ground import GroundTable
from groundstation.settings.own_models import ModelsTable
from groundstation.settings.public import PublicTable
from groundstation.settings.recorded import RecordTable
from groundstation.settings.replayed import TLOG, ReplayTable, refuse_mixture
from groundstation.settings.sign_in import SignInTable
from groundstation.settings.tables import AUTO, LOOPBACK_HOSTS, CameraTable, LinkTable, StationTable, Table
from groundstation.settings.tls import TlsTable

__all__ = [
    "LOOPBACK_HOSTS",
    "CameraTable",
    "DetectionTable",
    "GroundTable",
    "LinkTable",
    "MapTable",
    "ModelsTable",
    "PublicTable",
    "RecordTable",
    "ReplayTable",
    "Settings",
    "SignInTable",
    "StationTable",
    "TlsTable",
    "settings_from_file",
    "settings_from_table",
    "with_speed",
]


class Settings(Table):
    """The whole file, checked."""

    station: StationTable = Field(default=StationTable(), title="Station", description="Name and address.")
    mission: dict[str, Any] | None = Field(
        default=None, title="Mission", examples=[{"purpose": "market day"}],
        description="As in a mission file; or give `--mission FILE`.",
    )  # fmt: skip
    link: tuple[LinkTable, ...] = Field(default=(), title="Links", description="MAVLink connections.")
    ground: GroundTable | None = Field(default=None, title="Ground", description="Level without this table.")
    detection: DetectionTable = Field(
        default=DetectionTable(), title="Detection", description="What runs the detectors."
    )
    models: ModelsTable = Field(
        default=ModelsTable(), title="Detectors", description="Of your own, beside those that ship with the station."
    )
    public: PublicTable = Field(
        default=PublicTable(), title="Public page", description="Who answers to the public for what flies here."
    )
    record: RecordTable | None = Field(
        default=None, title="Recording", description="Telemetry is written down only with this table."
    )
    replay: ReplayTable | None = Field(
        default=None, title="Replay", description="Recordings in place of live links and video."
    )
    map: MapTable | None = Field(
        default=None, title="Map", description="What is drawn below the density; a blank graticule without this table."
    )
    sign_in: SignInTable = Field(
        default=SignInTable(), title="Sign-in", description="How long a session lasts, and whether one opens by itself."
    )
    camera: tuple[CameraTable, ...] = Field(title="Cameras", description="At least one.")

    tls: TlsTable | None = Field(
        default=None, title="TLS", description="Needed for other machines; loopback alone without this table."
    )

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
        _refuse_unheard(info.data.get("link", ()), cameras)
        return cameras

    @model_validator(mode="after")
    def _others_by_name_and_by_tls(self) -> Self:
        host = self.station.host
        if host not in LOOPBACK_HOSTS and self.tls is None:
            raise ValueError(f"a loopback address as station.host, found {host!r}; write 127.0.0.1, or add [tls]")
        if self.sign_in.by_itself and (host not in LOOPBACK_HOSTS or self.tls is not None):
            raise ValueError("[sign_in] by_itself on a loopback address without [tls] only: nobody else may be let in")
        return self

    @model_validator(mode="after")
    def _live_or_a_replay(self) -> Self:
        refuse_mixture(
            is_replay=self.replay is not None,
            is_recorded=self.record is not None,
            links=self.link,
            cameras=self.camera,
        )
        return self


def _refuse_unheard(links: tuple[LinkTable, ...], cameras: tuple[CameraTable, ...]) -> None:
    """Refuse a camera on a vehicle that no link would take in."""
    heard = {number for link in links for number in link.system_ids}
    takes_any = any(not link.system_ids for link in links)
    for camera in cameras:
        if links and not takes_any and camera.system_id is not None and camera.system_id not in heard:
            raise ValueError(f"system_id {camera.system_id} of camera {camera.name} in the system_ids of a [[link]]")


def _refuse_repeats(words: list[str]) -> None:
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"each one once, {word} is there {words.count(word)} times")


_TABLES: Final[dict[str, type[Table]]] = {
    "station": StationTable,
    "link": LinkTable,
    "ground": GroundTable,
    "detection": DetectionTable,
    "models": ModelsTable,
    "public": PublicTable,
    "record": RecordTable,
    "replay": ReplayTable,
    "map": MapTable,
    "sign_in": SignInTable,
    "tls": TlsTable,
    "camera": CameraTable,
}


def settings_from_table(table: dict[str, Any], *, path: Path) -> Settings:
    """Return checked settings with paths made absolute from the folder of `path`.

    Raises:
        BadInputError: one line for each fault.
    """
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        lines = [fault_line(path, fault, root=Settings, tables=_TABLES) for fault in error.errors()]
        raise BadInputError("\n".join(lines)) from error
    folder = path.resolve().parent
    cameras = tuple(_with_absolute_paths(camera, folder) for camera in settings.camera)
    record = settings.record and settings.record.model_copy(update={"folder": folder / settings.record.folder})
    links = tuple(_with_absolute_files(link, folder) for link in settings.link)
    station = settings.station.model_copy(update={"state_dir": folder / settings.station.state_dir})
    models = settings.models.model_copy(
        update={"folder": None if settings.models.folder is None else folder / settings.models.folder}
    )
    tls = settings.tls and settings.tls.beside(folder)
    files = {"tls": tls, "station": station, "camera": cameras, "link": links, "record": record, "models": models}
    drawn = settings.map and settings.map.beside(folder)
    return settings.model_copy(
        update={**files, "map": drawn, "ground": settings.ground and settings.ground.beside(folder)}
    )


def settings_from_file(path: Path) -> Settings:
    """Return the settings of a file.

    Raises:
        FlightlinkError: the file cannot be read.
        BadInputError: one line for each fault in it.
    """
    return settings_from_table(table_from_file(path, FlightlinkError), path=path)


def with_speed(settings: Settings, speed: float, *, path: Path) -> Settings:
    """Return the settings of a replay at another speed.

    Raises:
        BadInputError: they are of no replay, or the speed is out of bounds.
    """
    if settings.replay is None:
        raise BadInputError(f"--speed: {path} has no [replay]; only recordings have a speed")
    if not LEAST_SPEED <= speed <= MOST_SPEED:
        raise BadInputError(
            f"--speed: found {speed:g}, expected {LEAST_SPEED:g} to {MOST_SPEED:g}; write for instance 2"
        )
    return settings.model_copy(update={"replay": settings.replay.model_copy(update={"speed": speed})})


def _with_absolute_files(link: LinkTable, folder: Path) -> LinkTable:
    url = f"{TLOG}{folder / link.url.removeprefix(TLOG)}" if link.url.startswith(TLOG) else link.url
    key_file = None if link.key_file is None else folder / link.key_file
    return link.model_copy(update={"url": url, "key_file": key_file})


def _with_absolute_paths(camera: CameraTable, folder: Path) -> CameraTable:
    video = camera.video if "://" in camera.video or camera.video == AUTO else str(folder / camera.video)
    file = None if camera.file is None else folder / camera.file
    return camera.model_copy(update={"video": video, "file": file})
