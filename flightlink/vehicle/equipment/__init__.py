"""What a vehicle carries, as it tells by itself: cameras, video streams and gimbals."""
