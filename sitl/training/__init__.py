"""Training pictures: rendered slowly and exactly, with truth that knows who hides whom."""
