"""The reasons for mutants that no test can kill speak of lines that are there."""

import pytest

from tests.mutation.report import reasons
from tests.mutation.swap import PACKAGE


@pytest.mark.parametrize(("file", "function", "line"), sorted({key[:3] for key in reasons()}))
def test_a_reason_speaks_of_a_line_that_is_there(file: str, function: str, line: str) -> None:
    source = (PACKAGE / file).read_text()
    assert line in source and all(part in source for part in function.split("."))
