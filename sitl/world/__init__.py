"""What a world file says: plain values and their readers, and nothing that moves.

A file goes in; a `World` comes out, or one line that says where it has a hole.
"""
