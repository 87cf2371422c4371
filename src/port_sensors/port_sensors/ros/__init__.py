"""The nodes: convert, call core once, publish."""
