"""The pose that a video carries as MISB ST 0601 packets: bytes in, camera poses out. Pure, in the sealed worker too."""
