"""Rules of one ground."""
