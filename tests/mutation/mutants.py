"""The mutants of a file: what cosmic-ray's operators make of it, each as a whole new source.

Not made, because no test can see them or because any test would:
- in annotations and in names for types (`Value = Estop | Pose`): nobody computes with them at run time;
- in `if TYPE_CHECKING:`: it never runs;
- what is no Python any more: `**record` is a power to cosmic-ray;
- `==` for `is`: what is compared by identity are None and members of enums, equal to nothing but themselves;
- shifts and bitwise operators in the place of arithmetic ones: on floats they raise, which praises every test.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-untyped]
from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-untyped]

from tests.mutation.places import Place, Places

_BITWISE = ("RShift", "LShift", "BitOr", "BitAnd", "BitXor")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change. `line` and `becomes` are the changed line of the source before and after, stripped."""

    file: Path
    place: Place
    operator: str
    line: str
    becomes: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays when the code around it changes: function, line, operator."""
        return self.place.function, self.line, self.operator


def _operators() -> dict[str, Any]:
    """Those that need no arguments, by name."""
    classes = {name.removeprefix("core/"): get_operator(name) for name in operator_names()}
    return {name: each() for name, each in classes.items() if not each.arguments() and not _is_noise(name)}


def _is_noise(name: str) -> bool:
    if name in ("ReplaceComparisonOperator_Is_Eq", "ReplaceComparisonOperator_IsNot_NotEq"):
        return True
    return name.startswith("ReplaceBinaryOperator") and name.endswith(_BITWISE)


def mutants(file: Path) -> Iterator[Mutant]:
    """All mutants of `file`, in the order of its lines."""
    source = file.read_text()
    places = Places(source)
    operators = _operators()
    for node in ast_nodes(get_ast(source)):
        for name, operator in operators.items():
            for index, (start, _) in enumerate(operator.mutation_positions(node)):
                if places.is_silent(*start):
                    continue
                mutated = _mutated(source, node, operator, index)
                if mutated and _is_python(mutated):
                    yield _mutant(file, source, places.at(*start), name, mutated)


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _mutated(source: str, node: Any, operator: Any, index: int) -> str:
    """The source with the one node changed; the tree stays as it is, operators work in place. Empty: it cannot."""
    try:
        changed = operator.mutate(copy.deepcopy(node, {id(node.parent): node.parent}), index)
    except AttributeError:
        return ""
    begin, end = _offset(source, node.get_start_pos_of_prefix()), _offset(source, node.end_pos)
    if changed is None:
        return source[:begin] + source[end:]
    # A new node comes without the space before it: what was there stays.
    prefix, text = str(node.get_first_leaf().prefix), str(changed.get_code())
    return source[:begin] + (text if text.startswith(prefix) else prefix + text.lstrip(" ")) + source[end:]


def _offset(source: str, position: tuple[int, int]) -> int:
    line, column = position
    return sum(len(each) for each in source.splitlines(keepends=True)[: line - 1]) + column


def _mutant(file: Path, source: str, place: Place, operator: str, mutated: str) -> Mutant:
    before, after = source.splitlines(), mutated.splitlines()
    changed = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), place.line - 1)
    return Mutant(file, place, operator, before[changed].strip(), after[changed].strip(), mutated)
