"""Read a Parquet file in a process of its own: on a damaged file the library may end the process, and does so alone.

Run by `rowsource.py` as a script: FILE alone tells the columns and the number of rows as JSON; FILE MOST ROWS COLUMN …
writes batches of at most ROWS rows as an Arrow stream, columns of more than MOST bytes in one group of rows being
refused. Nothing of lakeseg is imported here.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

MOST_MEMORY: Final = 1 << 31


def main(path: str, most: str = "0", rows: str = "0", *columns: str) -> None:
    """Tell what the file holds, or write its rows."""
    _limit()
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False) as file:
        if not columns:
            json.dump({"names": file.schema_arrow.names, "rows": file.metadata.num_rows}, sys.stdout)
        else:
            _check(file, int(most))
            _write(file, int(rows), list(columns))


def _limit() -> None:
    """Keep memory within bounds where the system can."""
    try:
        import resource
    except ImportError:  # there is none on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _check(file: Any, most: int) -> None:
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        if any(group.column(at).total_uncompressed_size > most for at in range(group.num_columns)):
            remedy = "write it with smaller ones (row_group_size=100_000)"
            sys.exit(f"its row groups hold columns of more than {most >> 20} MiB: {remedy}")


def _write(file: Any, rows: int, columns: list[str]) -> None:
    import pyarrow as pa

    schema = pa.schema([file.schema_arrow.field(name) for name in columns])
    with pa.ipc.new_stream(sys.stdout.buffer, schema) as sink:
        for batch in file.iter_batches(batch_size=rows, columns=columns, use_threads=False):
            sink.write_batch(batch.select(columns))


if __name__ == "__main__":
    main(*sys.argv[1:])
