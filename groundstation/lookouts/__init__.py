"""Where the command post wants eyes: officers name a place, pilots answer, and the map says when it was seen.

In: places and answers from people, the published map. Out: requests as they are served. No request moves a vehicle, and
none is about a person: it is a place on the ground.
"""
