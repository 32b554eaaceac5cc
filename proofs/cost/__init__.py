"""What the parts of the sealed room cost: measured where they can be taken apart, which is outside the seal."""
