"""The small family of errors of the station; each message is one line: what was wrong, where, and how to mend it."""


class StationError(Exception):
    """An expected failure; the command ends with status 1."""


class BadInputError(StationError, ValueError):
    """Wrong usage or a bad file; the command ends with status 2."""


class RefusedError(StationError):
    """The mission does not allow it; the command ends with status 3."""


class WorkerLostError(StationError):
    """A sealed worker ended, fell silent or broke the wire before its work was done."""


class SourceFailedError(StationError):
    """A sealed worker said why it stops; `cause` is the word of `vision.wire.Failed`."""

    def __init__(self, *, cause: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
