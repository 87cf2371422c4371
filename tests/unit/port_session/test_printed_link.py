"""`port robot link` prints one file that needs nothing of port and runs on the oldest Python that a robot has."""

import ast
import re

from port_session.border.printed import _PACKAGE, MODULES, printed


def test_it_is_one_file_that_python_3_8_reads() -> None:
    tree = ast.parse(printed(), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in imported if name.startswith("port_")]
    assert imported >= {"rclpy", "ssl", "zlib"} and not imported & {"msgspec", "numpy", "cryptography", "yaml"}


def test_no_two_of_its_modules_have_a_name_in_common() -> None:
    names: dict[str, str] = {}
    for module in MODULES:
        for node in ast.parse((_PACKAGE / module).read_text()).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
            for target in targets:
                found = (
                    [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
                    if isinstance(target, ast.expr)
                    else [getattr(target, "name", "")]
                )
                for name in filter(None, found):
                    assert names.setdefault(name, module) == module, name


def test_no_class_of_python_3_9_is_made_at_run_time() -> None:
    """list[str] and X | None are read as text there, but not as a base class or an alias."""
    assert not re.findall(r"^\w+ = .*\b(?:dict|list|tuple|set)\[", printed(), re.MULTILINE)
    assert not re.findall(r"^class .*\b(?:dict|list|tuple)\[", printed(), re.MULTILINE)
