"""What a sender says of itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """The sender now. failure: why it is not connected, one line for people; empty if it is or never tried.

    silence_s: how long the facility has said nothing though it was sent something; 0 if nothing is outstanding.
    forged: messages that pretended to be the facility's. refused: records that wait here because the facility refuses
    their sequence. distrusted: how often it refused a safety message in this edge's name for its signature, this edge's
    or not. fault: what is wrong with the disk.
    """

    connected: bool
    failure: str
    waiting: int
    offered: int
    published: int
    dropped: int
    rejected: int
    silence_s: float = 0.0
    forged: int = 0
    fault: str = ""
    distrusted: int = 0
    refused: int = 0
