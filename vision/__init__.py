"""The sealed room: raw pixels and poses enter; only redacted, encoded frames and counts per cell leave."""

import os

# read when the libraries load, so set before any of them: ONNX Runtime for Linux keeps a file of its use and sends it
# to its maker, which its `disable_telemetry_events` does not stop; OpenBLAS starts threads that Landlock cannot bind
os.environ.update(ORT_DISABLE_TELEMETRY="1", OPENBLAS_NUM_THREADS="1")
