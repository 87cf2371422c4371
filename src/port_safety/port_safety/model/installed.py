"""What packages bring by their entry points: types of rules and of commands. A ground adds its own without a fork."""

from importlib.metadata import entry_points
from typing import Protocol, TypeVar


class Named(Protocol):
    """A type that says what it is called."""

    @property
    def name(self) -> str:
        """As its entry point is called."""


T = TypeVar("T", bound=Named)


def installed(group: str, kind: type[T]) -> dict[str, T]:
    """Every entry of `group` by its name, each a `kind`. Raises ValueError for one that cannot be used, or for none."""
    found: dict[str, T] = {}
    for entry in entry_points(group=group):
        where = f"entry point {group}: {entry.name} = {entry.value}"
        try:
            loaded = entry.load()
        except (Exception, SystemExit) as error:  # a script that is imported may end the process
            raise ValueError(f"{where}: {error!r}") from error
        if not isinstance(loaded, kind) or loaded.name != entry.name:
            raise ValueError(f"{where}: no {kind.__name__} of this name")
        if found.setdefault(entry.name, loaded) is not loaded:
            raise ValueError(f"entry point {group}: two packages bring {entry.name}")
    if not found:
        raise ValueError(f"no entry point {group} is installed: build the workspace again (scripts/setup)")
    return found
