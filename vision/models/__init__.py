"""The detectors' weights: pinned archives enter at set-up, checked ONNX files leave; an unknown hash stops all."""
