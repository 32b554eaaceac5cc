"""The table `[replay]`: recordings in place of live links and video, by one clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import AwareDatetime, Field

from flightlink.links.address import LinkKind
from flightlink.replay_time import LEAST_SPEED, MOST_SPEED
from groundstation.settings.tables import AUTO, CameraTable, LinkTable, Table

TLOG: Final = f"{LinkKind.TLOG}://"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ReplayTable(Table):
    """`[replay]`: the station shows recordings and nothing live."""

    speed: float = Field(
        default=1.0, title="Speed", ge=LEAST_SPEED, le=MOST_SPEED, allow_inf_nan=False, examples=[2.0],
        description="Recorded seconds in a second, 0.25 to 10; `run --speed` goes before it.",
    )  # fmt: skip
    starts_utc: AwareDatetime | None = Field(
        default=None, title="Start", examples=["2026-07-14T18:00:00Z"],
        description="Recorded instant at which the replay begins; else where the first recording does.",
    )  # fmt: skip

    @property
    def starts_utc_ns(self) -> int | None:
        """The start in nanoseconds of UTC."""
        return None if self.starts_utc is None else utc_ns_of(self.starts_utc)


def utc_ns_of(instant: datetime) -> int:
    """Return an instant with an offset in nanoseconds of UTC, exactly."""
    since = instant - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def refuse_mixture(
    *, is_replay: bool, is_recorded: bool, links: Sequence[LinkTable], cameras: Sequence[CameraTable]
) -> None:
    """Refuse a station that is partly live and partly a replay: nobody could tell which is which.

    Raises:
        ValueError: it is; says what is expected.
    """
    tlogs = [link.url for link in links if link.url.startswith(TLOG)]
    dated = [camera.name for camera in cameras if camera.video_starts_utc is not None]
    if not is_replay:
        if tlogs or dated:
            raise ValueError(f"a [replay] table beside {tlogs[0] if tlogs else f'video_starts_utc of {dated[0]}'}")
        return
    live = [link.url for link in links if not link.url.startswith(TLOG)]
    live += [camera.video for camera in cameras if "://" in camera.video or camera.video == AUTO]
    undated = [camera.name for camera in cameras if camera.video_starts_utc is None]
    if live:
        raise ValueError(f"recordings only beside [replay], as tlog://FILE and video files; {live[0]} is live")
    if undated:
        raise ValueError(f"video_starts_utc of camera {undated[0]}: a replay needs the time of its first picture")
    if is_recorded:
        raise ValueError("no [record] beside [replay]: a replay is not written down again")
