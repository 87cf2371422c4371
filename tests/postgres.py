"""A PostgreSQL server of our own for tests, in a temporary folder, on loopback; and a stand-in for TimescaleDB."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.broker import free_port
from tests.waiting import wait_until


class Postgres:
    """A server of our own in a folder of our own; as an ordinary user, since PostgreSQL refuses root.

    The folder is none of pytest's: these are their owner's alone, and every other run of pytest sees to it again.
    """

    def __init__(self) -> None:
        self._bin = _programs()
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="port-postgres-")), free_port()
        self._user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self._user:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", self.folder / "data", "-U", "port", "-A", "trust", "--no-sync")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://port@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        words = ["-D", self.folder / "data", "-p", self.port, "-h", "127.0.0.1", "-k", self.folder]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*self._user, self._bin / "postgres", *map(str, words)], stderr=log)
        wait_until(self._answers, what="PostgreSQL answers")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            # Its children notice the end of the postmaster by themselves.
            wait_until(lambda: not self._answers())
            self.process = None

    def close(self) -> None:
        """The end of it."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def clear(self) -> None:
        """An empty database, for a new test."""
        self.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def run(self, statements: str) -> list[tuple[object, ...]]:
        """Execute SQL; the rows of its last statement."""
        with psycopg.connect(self.url, autocommit=True) as db:
            cursor = db.execute(statements.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def _run(self, program: str, *words: object) -> None:
        subprocess.run([*self._user, self._bin / program, *map(str, words)], check=True, capture_output=True, cwd="/")


def _programs() -> Path:
    """Where initdb and postgres are: Debian puts them where no PATH looks."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    assert found or on_path, "PostgreSQL is not installed; `scripts/setup tests` installs it"
    return found[-1] if found else Path(str(on_path)).resolve().parent


#: Not TimescaleDB, which is not in Debian: functions of the same names and arguments, which note what they were asked
#: and refuse, as it does, a unique index that leaves out the column by which the table is cut.
HYPERTABLE_STAND_IN = """
CREATE TABLE asked (what text, relation regclass, detail text);
CREATE FUNCTION create_hypertable(relation regclass, time_column_name name, partitioning_column name DEFAULT NULL,
  number_partitions integer DEFAULT NULL, chunk_time_interval anyelement DEFAULT NULL::bigint) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indrelid = relation AND indisunique AND NOT EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = relation AND attname = time_column_name AND attnum = ANY (indkey))) THEN
    RAISE EXCEPTION 'cannot create a unique index without the column "%" (used in partitioning)', time_column_name;
  END IF;
  IF EXISTS (SELECT FROM asked WHERE what = 'create_hypertable') THEN
    RAISE EXCEPTION 'table is already a hypertable';
  END IF;
  INSERT INTO asked VALUES ('create_hypertable', relation, time_column_name || ' ' || chunk_time_interval);
  RETURN 1;
END $$;
CREATE FUNCTION set_integer_now_func(hypertable regclass, integer_now_func regproc, replace_if_exists boolean
  DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asked VALUES ('set_integer_now_func', hypertable, integer_now_func::text);
END $$;
"""
