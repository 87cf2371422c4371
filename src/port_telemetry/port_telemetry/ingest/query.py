"""Prints a stream of the facility's database: as CSV, JSON lines or Parquet, one row a record or a sample.

port query force_plates/left/samples --store facility.sqlite --format csv > left.csv
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from port_ros.command_line import EXIT_BAD_REQUEST, refuse
from port_telemetry.ingest.flatten import rows
from port_telemetry.ingest.source import NoSuchStream, Query, Stored, StreamNotClear, read
from port_telemetry.ingest.store import StoreError


def write_csv(table: Iterable[dict[str, Any]], out: io.TextIOBase) -> None:
    """One line a row under the columns of the first; what only later rows have is left out."""
    lines = iter(table)
    first = next(lines, None)
    if first is None:
        return
    writer = csv.DictWriter(out, list(first), restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerow(first)
    writer.writerows(lines)


def write_json_lines(table: Iterable[dict[str, Any]], out: io.TextIOBase) -> None:
    """One JSON object a line; NaN becomes null."""
    for row in table:
        out.write(orjson.dumps(row).decode() + "\n")


def write_parquet(table: Iterable[dict[str, Any]], file: Path) -> None:
    """A Parquet file. Raises ModuleNotFoundError without pyarrow."""
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(table)), file)


def main(args: Sequence[str] | None = None) -> int:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(prog="port query", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("stream", help="a topic, or how it ends: force_plates/left/samples")
    parser.add_argument("--store", default="facility.sqlite", help="SQLite file or postgresql:// URL")
    parser.add_argument("--format", choices=("csv", "jsonl", "parquet"), default="csv")
    parser.add_argument("--out", type=Path, help="file to write; needed for parquet")
    parser.add_argument("--since", default="", help="ISO 8601, of the data")
    parser.add_argument("--until", default="", help="ISO 8601, of the data")
    chosen = parser.parse_args(args)
    try:
        query = Query.of(chosen.stream, chosen.since, chosen.until)
        return print_table(_table(read(chosen.store, query)), chosen.format, chosen.out)
    except (NoSuchStream, StreamNotClear, StoreError, OSError, ValueError) as error:
        return refuse(error)
    except ModuleNotFoundError as error:
        print(f"port: {error.name} is not installed; pip install {error.name}", file=sys.stderr)
        return EXIT_BAD_REQUEST


def _table(stored: Iterable[Stored]) -> Iterator[dict[str, Any]]:
    for record in stored:
        yield from rows(record)


def print_table(table: Iterator[dict[str, Any]], form: str, out: Path | None) -> int:
    """Write `table` to `out` or the standard output; returns 0. Raises ValueError, ModuleNotFoundError for parquet."""
    if form == "parquet":
        if out is None:
            raise ValueError("parquet goes to a file: --out FILE")
        write_parquet(table, out)
        return 0
    write = write_csv if form == "csv" else write_json_lines
    if out is None:
        write(table, sys.stdout)  # type: ignore[arg-type]
        return 0
    with out.open("w", newline="", encoding="utf-8") as file:
        write(table, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
