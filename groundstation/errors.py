"""The small family of errors of the station; each message is one line: what was wrong, where, and how to mend it."""


class StationError(Exception):
    """An expected failure; the command ends with status 1."""


class BadInputError(StationError, ValueError):
    """Wrong usage or a bad file; the command ends with status 2."""


class RefusedError(StationError):
    """The mission does not allow it; the command ends with status 3."""


class NotThereError(StationError):
    """Something that was asked for by its name and is not there."""


class DoneAlreadyError(StationError):
    """Something that can be done once, and was."""


class NotKeptError(StationError):
    """Something that must outlive a restart and could not be written; it is not in force either."""


class WorkerLostError(StationError):
    """A sealed worker ended, fell silent or broke the wire before its work was done."""


class SourceFailedError(StationError):
    """A sealed worker said why it stops; `cause` is the word of `vision.wire.Failed`."""

    def __init__(self, *, cause: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
