"""How every command of `port` tells what went wrong: one line on stderr, one prefix, the same exit codes."""

import contextlib
import errno
import os
import sys

#: What somebody asked for wrongly: a name, a file, a value, a session that does not run.
EXIT_BAD_REQUEST = 2
#: The output could not be written.
EXIT_OUTPUT = 1
#: Whoever read the output has gone (`port describe demo | head -1`): as of a process that SIGPIPE ends.
EXIT_CLOSED_PIPE = 141
_NO_OUTPUT = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def words(error: Exception) -> str:
    """What is wrong, on one line; of a system's error the file and what the system says."""
    if isinstance(error, OSError) and error.strerror:
        return f"{os.fspath(error.filename)}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def refuse(error: Exception) -> int:
    """Tell `error`; returns the exit code. An error of the output is raised again: `port` itself tells that."""
    if is_of_output(error):
        raise error
    print(f"port: {words(error)}", file=sys.stderr)
    return EXIT_BAD_REQUEST


def is_of_output(error: Exception) -> bool:
    """Whether writing failed, to no file that anybody named."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _NO_OUTPUT


def output_lost(error: OSError) -> int:
    """Tell that the output could not be written, if anybody still reads; returns the exit code."""
    # What still waits to be written would be tried again at the end of the process, and fail there with a traceback.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return EXIT_CLOSED_PIPE
    print(f"port: the output cannot be written: {words(error)}", file=sys.stderr)
    return EXIT_OUTPUT
