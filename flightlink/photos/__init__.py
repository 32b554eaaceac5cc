"""Photos enter by their metadata alone (EXIF, XMP; no pixel is looked at), the poses of their cameras leave."""
