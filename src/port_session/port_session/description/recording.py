"""The part of a session file about its recording: who may read it.

Every value is frozen and refuses to be born wrong. Which topics are whose is decided in `recorded`.
"""

from pathlib import Path
from typing import Literal

from msgspec import structs

from port_ros.misfit import Misfit
from port_session.description.part import Part

#: Keys of `Seal` that name a file.
SEAL_FILES = ("ground_key", "team_key")
_MAKE = "name a public key: `port keys new` makes one"


class Seal(Part, frozen=True):
    """Public keys to which the recording is sealed while it is written; one of them at least.

    ground_key: who has its private half reads the ground's own streams, and without a team_key all of them. team_key:
    the robot's and the team's streams are a file of their own, sealed to it. team_streams: who reads those: `shared`,
    both, or `team_only`.
    """

    ground_key: str = ""
    team_key: str = ""
    team_streams: Literal["shared", "team_only"] = "shared"

    def __post_init__(self) -> None:
        if not self.ground_key and not self.team_key:
            raise Misfit("ground_key", f"missing: nothing is sealed without ground_key or team_key; {_MAKE}")
        if self.team_streams == "team_only" and not self.team_key:
            raise Misfit("team_key", f"missing: team_streams is team_only, and the team has no key; {_MAKE}")
        if self.team_streams == "shared" and not self.ground_key:
            remedy = "name the ground's key, or write team_streams: team_only"
            raise Misfit("ground_key", f"missing: team_streams is shared, and the ground has no key; {remedy}")


class Recording(Part, frozen=True):
    """How the session is recorded. seal: to whom; None: it lies open."""

    seal: Seal | None = None

    def beside(self, folder: Path) -> "Recording":
        """With the paths of files as seen from anywhere: they are told relative to the session's file."""
        if self.seal is None:
            return self
        given = {key: str((folder / path).absolute()) for key in SEAL_FILES if (path := getattr(self.seal, key))}
        return structs.replace(self, seal=structs.replace(self.seal, **given))
