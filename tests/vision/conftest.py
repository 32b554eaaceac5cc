"""What several tests of the sealed room ask for."""

from __future__ import annotations

import pytest

from vision.models.card import ModelError
from vision.models.store import models_dir, verified_bytes


@pytest.fixture(scope="session")
def weights() -> None:
    """Skip where the shipped weights are not in place."""
    try:
        for key in ("person", "face"):
            verified_bytes(key, models_dir())
    except ModelError as error:
        pytest.skip(str(error))
