"""DJI's subtitle files, in all the dialects known: text enters, positions and what is known of the camera leave."""
