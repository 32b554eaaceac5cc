"""Every connection to vehicles: bytes of peers enter, those who may speak become vehicles; answers go to them alone."""
