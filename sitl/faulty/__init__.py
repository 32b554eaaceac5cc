"""What goes wrong on purpose, by seed: links, clocks, receivers, gimbals, video. The same for every source.

Datagrams and instants go in; the same datagrams leave late, twice, changed, or never.
"""
