"""`RawFrame`: one decoded picture, opaque on purpose. It lives from decode to cap, some milliseconds."""

from __future__ import annotations

from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray


class RawFrame:
    """A decoded picture that only the cap may open.

    It has no repr of pixels, no pickle and no conversion to an array, so that no log, queue or library takes it along.
    """

    __slots__ = ("__pixels", "height_px", "index", "utc_ns", "width_px")

    def __init__(self, pixels: NDArray[np.uint8], *, index: int, utc_ns: int) -> None:
        """Wrap a picture.

        Args:
            pixels: uint8 (height, width) luma or (height, width, 3) BGR.
            index: Number of the frame in its source, from 0.
            utc_ns: Capture time.

        Raises:
            ValueError: the array has another shape or type.
        """
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
            raise ValueError(f"a raw frame is uint8 (height, width[, 3]), not {pixels.dtype} {pixels.shape}")
        self.__pixels: Final = pixels
        self.index: Final = index
        self.utc_ns: Final = utc_ns
        self.height_px: Final = int(pixels.shape[0])
        self.width_px: Final = int(pixels.shape[1])

    def opened_by_the_cap(self) -> NDArray[np.uint8]:
        """Return the pixels; `vision.raw.cap` is the only caller (an architecture test says so)."""
        return self.__pixels

    def __repr__(self) -> str:
        """Show everything but the picture."""
        return f"RawFrame(#{self.index}, {self.width_px} x {self.height_px})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("a raw frame cannot be serialised")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to become an array behind the cap's back."""
        raise TypeError("a raw frame is no array")
