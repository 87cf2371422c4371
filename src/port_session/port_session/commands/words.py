"""Words of a command line that go into evidence."""

import argparse

from port_ros.free_text import typed_text


def free_text(text: str) -> str:
    """What a person gives as a name, a reason or a note; argparse tells them that it is too long."""
    try:
        return typed_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
