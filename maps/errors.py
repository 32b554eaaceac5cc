"""The small family of errors of this room; each message says what was wrong, where, and how to mend it."""


class MapsError(Exception):
    """Any error of the maps room."""


class CrsError(MapsError, ValueError):
    """A place or a code for which there is no metric mission CRS."""


class CountingError(MapsError, ValueError):
    """Points or counts that cannot be put into cells."""


class DisclosureError(MapsError, ValueError):
    """Figures that must not be published because they are none."""


class TerrainError(MapsError, ValueError):
    """A height model or a geoid that cannot be read, or knows nothing of the place."""


class NoTerrainError(TerrainError):
    """A height model that can be read, and knows nothing of the place."""
