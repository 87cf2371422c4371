"""A real broker, a reader beside it, a facility behind it, and a PostgreSQL of its own."""

from collections.abc import Iterator

import pytest

from tests.far_end import broker, facility, reader
from tests.postgres import Postgres

__all__ = ["broker", "facility", "postgres", "reader"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.close()
