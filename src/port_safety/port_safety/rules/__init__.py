"""The rules, one file each, and the envelope that judges them all."""
