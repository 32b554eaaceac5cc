"""`RedactedFrame`: what gate 1 lets out, already encoded. Plain values, no arrays, no engines."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, replace
from enum import Enum, StrEnum


class Media(StrEnum):
    """How the bytes of a redacted frame are encoded."""

    FMP4_INIT = "fmp4_init"
    """`ftyp` and `moov`: what a player needs before the first fragment."""
    FMP4_FRAGMENT = "fmp4_fragment"
    """`moof` and `mdat` of one frame."""
    JPEG = "jpeg"
    """A snapshot."""


class FrameMaker(Enum):
    """Who may make a `RedactedFrame`; whoever has no such name to give, also by `replace`, cannot make one."""

    GATE = "gate 1, in the sealed worker"
    WIRE = "the far end of the worker's pipe"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RedactedFrame:
    """One redacted, encoded picture; made by the gate, remade from the worker's pipe, and nowhere else."""

    source: str
    """Name of the camera."""
    sequence: int
    """Rises by one from fragment to fragment."""
    utc_ns: int
    """Capture time."""
    media: Media
    keyframe: bool
    width_px: int
    height_px: int
    closed_because: str
    """Empty when the gate is open; else the cause, and the picture is fill only."""
    data: bytes
    made_by: InitVar[FrameMaker]

    def __post_init__(self, made_by: FrameMaker) -> None:
        """Refuse any other maker."""
        if not isinstance(made_by, FrameMaker):
            raise TypeError("a redacted frame is made by gate 1 alone")

    def __init_subclass__(cls) -> None:
        """Refuse to be inherited: a subclass could call itself redacted and hold anything."""
        raise TypeError("a redacted frame has no other kinds")

    def named(self, source: str) -> RedactedFrame:
        """Return the same picture under the name of the camera it came from."""
        return replace(self, source=source, made_by=FrameMaker.WIRE)

    def __repr__(self) -> str:
        """Show everything but the picture."""
        return f"RedactedFrame({self.source} #{self.sequence} {self.media} {len(self.data)} bytes)"
