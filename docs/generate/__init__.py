"""Writes into the documents what comes from the code. Run by scripts/docs; part of no package that is installed."""
