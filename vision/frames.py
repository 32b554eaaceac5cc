"""`RedactedFrame`: what gate 1 lets out, already encoded. Plain values, no arrays, no engines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Media(StrEnum):
    """How the bytes of a redacted frame are encoded."""

    FMP4_INIT = "fmp4_init"
    """`ftyp` and `moov`: what a player needs before the first fragment."""
    FMP4_FRAGMENT = "fmp4_fragment"
    """`moof` and `mdat` of one frame."""
    JPEG = "jpeg"
    """A snapshot."""


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

    def __repr__(self) -> str:
        """Show everything but the picture."""
        return f"RedactedFrame({self.source} #{self.sequence} {self.media} {len(self.data)} bytes)"
