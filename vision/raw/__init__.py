"""The hot zone: a video source enters, raw frames live for some milliseconds, only capped frames leave."""
