"""What packages bring by their entry points: types of rules and of commands. A ground adds its own without a fork."""

from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar


class Named(Protocol):
    """A type that says what it is called."""

    @property
    def name(self) -> str:
        """As its entry point is called."""


T = TypeVar("T", bound=Named)


class InstalledError(ValueError):
    """What a package brings cannot be used; the message names the package and the entry."""


def installed(group: str, kind: type[T]) -> dict[str, T]:
    """Every entry of `group` by its name, each a `kind`. Raises InstalledError for one that cannot be used, or none."""
    found: dict[str, T] = {}
    brought: dict[str, str] = {}
    for entry in entry_points(group=group):
        package = _package(entry)
        where = f"package {package}, entry point {group}: {entry.name} = {entry.value}"
        try:
            loaded = entry.load()
        except (Exception, SystemExit) as error:  # a script that is imported may end the process
            raise InstalledError(f"{where}: {error!r}; mend or remove the package") from error
        if not isinstance(loaded, kind) or loaded.name != entry.name:
            raise InstalledError(f"{where}: no {kind.__name__} of this name; mend or remove the package")
        if found.setdefault(entry.name, loaded) is not loaded:
            raise InstalledError(f"{where}: package {brought[entry.name]} brings one of this name, too; rename one")
        brought[entry.name] = package
    if not found:
        raise InstalledError(f"no entry point {group} is installed: build the workspace again (scripts/setup)")
    return found


def packages(*groups: str) -> dict[str, str]:
    """Which packages bring something to these groups, with their versions."""
    entries = (entry for group in groups for entry in entry_points(group=group))
    return {entry.dist.name: entry.dist.version for entry in entries if entry.dist}


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown"
