import pytest

import vision  # noqa: F401  # before numpy: one thread of BLAS is quicker on small matrices
from tests.canary.planted import Planted
from vision.detectors import FaceDetector
from vision.models.card import ModelError
from vision.models.store import models_dir, verified_bytes


@pytest.fixture(scope="session")
def planted() -> Planted:
    return Planted()


@pytest.fixture(scope="session")
def face_detector() -> FaceDetector:
    try:
        return FaceDetector(verified_bytes("face", models_dir()), threads=1)
    except ModelError as error:
        pytest.skip(str(error))
