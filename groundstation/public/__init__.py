"""The public page: what flies and why, the public map, the register of flights; as a page and as a signed folder.

Nothing here sees a count: the public map comes as gate 2 released it, and all else is about missions and vehicles.
"""
