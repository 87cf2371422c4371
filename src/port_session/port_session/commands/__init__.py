"""The subcommands of `port`, one module each: `add` describes its words, `run` does it and returns the exit code.

Imports of what a subcommand needs stand inside of `run`, so that `port --help` loads none of it.
"""
