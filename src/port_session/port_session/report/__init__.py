"""The report of a session: recordings and logs in, summary.json and report.html out."""

from port_session.report.build import build, main

__all__ = ["build", "main"]
