"""The simulated world: a crowd with known truth, a rendered camera, vehicles over real MAVLink, faults, and the demo.

In comes a world file; out go MAVLink datagrams and H.264, exactly as from real vehicles. The station never learns the
truth from here. The way: world -> crowd -> picture -> video, and vehicle (or ardupilot) -> faulty -> the station.
"""
