"""A tracker fed with golden packets."""

from typing import Any

from flightlink.camera_file import CameraFile
from flightlink.mavlink.messages import MessageDecoder
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.tracker import VehicleTracker
from tests.flightlink.packets import FakeVehicle

S = 1_000_000_000
MS = 1_000_000
BOOTED = 1_700_000_000 * S


class Flight:
    """A tracker fed with packets as they would arrive: `delay_ms` after they were stamped."""

    def __init__(self, camera: CameraFile | None, vehicle: FakeVehicle | None = None) -> None:
        self.tracker = VehicleTracker(1, camera)
        self.vehicle = vehicle or FakeVehicle()
        self.decoder = MessageDecoder()

    def take(self, raw: bytes, at_ms: int, *, component_id: int = 1) -> None:
        message = self.decoder.decode(raw)
        assert message is not None
        self.tracker.count(component_id, message.get_seq(), BOOTED + at_ms * MS)
        self.tracker.take(message, component_id, BOOTED + at_ms * MS)

    def fly(self, from_ms: int, to_ms: int, **gimbal: Any) -> None:
        for boot_ms in range(from_ms, to_ms, 100):
            self.take(self.vehicle.heartbeat(), boot_ms)
            self.take(self.vehicle.attitude(boot_ms), boot_ms)
            self.take(self.vehicle.position(boot_ms), boot_ms)
            self.take(self.vehicle.gimbal(boot_ms, **gimbal), boot_ms)

    def pose(self, at_ms: int) -> CameraPose:
        answer = self.tracker.pose_at(BOOTED + at_ms * MS)
        assert isinstance(answer, CameraPose), answer
        return answer

    def refusal(self, at_ms: int) -> PoseRefusal:
        answer = self.tracker.pose_at(BOOTED + at_ms * MS)
        assert isinstance(answer, PoseRefusal), answer
        return answer
