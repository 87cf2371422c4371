"""Bytes on a wire to values and back: one file a device, pure, fed with any chunking. Knows no transport."""
