"""Where a mutant sits in its file: in which function, in which statement, or where nobody can see it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`function`: qualified name of the innermost function or class, empty at the module's level. `lines`: of the
    whole statement. `body_of`: name and first line of the outermost function in whose body it is, as its code object
    has them.
    """

    line: int
    function: str
    lines: range
    body_of: tuple[str, int] | None


class Places:
    """The places of one source."""

    def __init__(self, source: str) -> None:
        self._tree = ast.parse(source)
        self._silent = [_span(node) for node in _unseen(self._tree)]

    def is_silent(self, line: int, column: int) -> bool:
        """Whether what stands there never runs."""
        return any(begin <= (line, column) < end for begin, end in self._silent)

    def at(self, line: int, column: int) -> Place:
        """The place of what stands at `line` (from 1), `column` (from 0)."""
        names: list[str] = []
        body_of: tuple[str, int] | None = None
        lines = range(line, line + 1)
        node: ast.AST = self._tree
        while inner := _statement_at(node, line):
            node = inner
            lines = _own_lines(node)
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            if line < node.body[0].lineno:
                break
            names.append(node.name)
            if isinstance(node, ast.FunctionDef) and body_of is None:
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                body_of = ".".join(names), first
        return Place(line, ".".join(names), lines, body_of)


def _statement_at(node: ast.AST, line: int) -> ast.stmt | None:
    """The statement directly below `node` that has `line`, decorators included."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            first = min([child.lineno, *(each.lineno for each in getattr(child, "decorator_list", []))])
            if first <= line <= (child.end_lineno or child.lineno):
                return child
        elif isinstance(child, ast.ExceptHandler | ast.match_case) and (found := _statement_at(child, line)):
            return found
    return None


def _own_lines(node: ast.stmt) -> range:
    """The lines of a statement without those of the statements in it."""
    body = getattr(node, "body", None)
    last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
    return range(node.lineno, last + 1)


def _unseen(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node.returns
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield node
    for node in tree.body:
        if isinstance(node, ast.Assign) and _names_types(node.value):
            yield node


def _names_types(value: ast.expr) -> bool:
    """Whether it is a union of names or a generic of names: `A | B`, `Callable[[A], B]`."""
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.BitOr) and all(map(_names_types, (value.left, value.right)))
    return isinstance(value, ast.Subscript | ast.Name) or (isinstance(value, ast.Constant) and value.value is None)


def _span(node: ast.AST) -> tuple[tuple[int, int], tuple[int, int]]:
    assert isinstance(node, ast.expr | ast.stmt)
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
