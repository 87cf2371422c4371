"""Puts a mutant in the place of what tests call: in a function that is loaded, or when its module is imported."""

import gc
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from tests.mutation.mutants import Mutant

PACKAGE = Path(__file__).parents[2] / "src/port_safety/port_safety"
#: What is pure in it: whole rooms, and of the evidence what writes no file.
PURE = (
    *("model", "commands", "rules", "gate", "monitoring"),
    *("evidence/hash_chain.py", "evidence/records.py", "evidence/stop_log.py"),
)
#: Where a code object stands in its file: qualified name and first line.
Where = tuple[str, int]


def pure_files() -> list[Path]:
    """All files of the pure rooms."""
    paths = [PACKAGE / each for each in PURE]
    return sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py")))


def module_name(file: Path) -> str:
    """The name under which a file of the package is imported."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def loaded_functions() -> dict[tuple[str, Where], list[FunctionType]]:
    """Every function of the package that is loaded, by its file and place."""
    found: dict[tuple[str, Where], list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and (each.__module__ or "").startswith("port_safety."):
            code = each.__code__
            where = code.co_qualname, code.co_firstlineno
            found.setdefault((str(Path(code.co_filename).resolve()), where), []).append(each)
    return found


def swap(mutant: Mutant, functions: dict[tuple[str, Where], list[FunctionType]]) -> bool:
    """Give the function around a mutant its mutated code; False where no such function is loaded."""
    assert mutant.place.body_of is not None
    code = _code_at(compile(mutant.source, str(mutant.file), "exec"), mutant.place.body_of)
    loaded = functions.get((str(mutant.file), mutant.place.body_of), [])
    for function in loaded:
        function.__code__ = code.replace(co_filename=function.__code__.co_filename)
    return bool(loaded)


def _code_at(code: CodeType, where: Where) -> CodeType:
    if (code.co_qualname, code.co_firstlineno) == where:
        return code
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    found = (_code_or_none(each, where) for each in inner)
    return next(each for each in found if each is not None)


def _code_or_none(code: CodeType, where: Where) -> CodeType | None:
    try:
        return _code_at(code, where)
    except StopIteration:
        return None


class MutantFinder(MetaPathFinder):
    """Imports one module from a mutant's source; all others go their way."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._name = module_name(mutant.file)

    def install(self) -> None:
        """From now on; nothing of the package has been imported."""
        assert not any(name.startswith("port_safety") for name in sys.modules)
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return spec_from_file_location(fullname, self._mutant.file, loader=_Loader(fullname, self._mutant))


class _Loader(SourceFileLoader):
    def __init__(self, name: str, mutant: Mutant) -> None:
        super().__init__(name, str(mutant.file))
        self._source = mutant.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")
