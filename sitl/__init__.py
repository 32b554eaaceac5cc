"""The simulated world: a crowd with known truth, a rendered camera, a vehicle over real MAVLink, and the demo.

In comes a world file; out go MAVLink datagrams and H.264 over UDP, exactly as from a real vehicle. The station never
learns the truth from here.
"""
