"""The small family of errors of the sealed room; each message is one line for the user, never about a person."""


class VisionError(Exception):
    """Any error of the sealed room."""


class SourceError(VisionError):
    """A video or picture cannot be opened or read."""


class SourceLostError(VisionError):
    """A live source stopped sending; only a new worker may open it again."""


class SealError(VisionError):
    """The worker could not seal itself."""


class EncodeError(VisionError):
    """A redacted picture could not be encoded."""


class RecordingEndedError(VisionError):
    """A recording that is played by a clock is at its end: no fault."""
