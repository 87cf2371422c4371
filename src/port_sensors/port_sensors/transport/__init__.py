"""The doors bytes come through. Knows no protocol."""
