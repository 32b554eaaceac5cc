"""The simulated camera's video: pictures go in; H.264 over MPEG-TS, RTP or RTSP leaves, with honest time.

Metadata beside it tells what the vehicle believes, never the truth.
"""
