"""The trainer: fine-tunes the station's person detector on pictures of people seen from above. No part of the station.

In come folders of pictures with exact boxes and the network that the station has; out goes one ONNX file with the same
inputs and outputs, and a table of what it finds. It opens no camera, no link and no recording of the station. It may
import the pure parts of `vision` (boxes, decoding, the list of weights); no room imports it, and it is not installed.
"""
