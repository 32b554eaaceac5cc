"""How well a network finds people, measured on pictures whose truth is known; no part of the running station.

In come a network, pictures and their lines of truth; out go figures, and on request a sheet of rendered pictures that
it gets wrong. The station itself loads no network that its manifest does not list: hence a room that is none of it.
"""
