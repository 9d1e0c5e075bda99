"""Parquet: the columns of the input stay as they are, types and metadata and all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ctclass.errors import InputError, Phrase
from ctclass.tables.delimited import empty
from ctclass.tables.files import Source, reading
from ctclass.tables.json_lines import renamed
from ctclass.tables.output import writing
from ctclass.tables.rows import Chunk, Row, TableReader, TableWriter, unique
from ctclass.tables.values import as_text

ROW_GROUP = 10_000


class ParquetReader(TableReader):
    """Rows of a Parquet file, one record batch a chunk."""

    def __init__(self, source: Source) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        super().__init__(source)
        self.format = "parquet"
        try:
            self._bytes = source.open()
            self._file = pq.ParquetFile(pa.PythonFile(self._bytes, "r"), pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                Phrase("Parquet ファイルが壊れています", "The Parquet file is damaged"),
                where=source.path,
                hint=Phrase("もう一度取り出してください", "Fetch it again"),
            ) from error
        self.schema = self._file.schema_arrow
        self.header = list(self.schema.names)
        self.row_count = self._file.metadata.num_rows
        if not self.header:
            raise empty(self.path)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        import pyarrow as pa

        done = 0
        number = 0
        batches = self._file.iter_batches(batch_size=rows, use_threads=False)
        while True:
            try:
                with reading(self.path):
                    batch = next(batches, None)
            except pa.ArrowException as error:
                raise InputError(
                    Phrase(f"Parquet を読めません({error})", f"Parquet cannot be read ({error})"),
                    where=f"{self.path}, row {done + 1}",
                    hint=Phrase("もう一度取り出してください", "Fetch it again"),
                ) from error
            if batch is None:
                return
            cells = zip(*self._cells(batch, done + 1), strict=True)
            yield Chunk(number, done + 1, [Row(c) for c in cells], batch)
            done += batch.num_rows
            number += 1

    def _cells(self, batch: Any, first_row: int) -> Iterator[list[str]]:
        """The texts of every column, or only of those that somebody reads."""
        read = None if self.cells_written else self.judged
        for i, column in enumerate(batch.columns):
            if read is not None and i not in read:
                yield [""] * batch.num_rows
                continue
            try:
                yield _texts(column)
            except (ArithmeticError, ValueError):
                yield [
                    _odd_text(column.slice(row, 1), f"{self.path}, row {first_row + row}")
                    for row in range(batch.num_rows)
                ]

    def close(self) -> None:
        self._file.close()
        self._bytes.close()
        self.source.close()


class ParquetWriter(TableWriter):
    """Writes Parquet in row groups of bounded size."""

    def start(self, reader: TableReader, appended: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        native = reader.schema if isinstance(reader, ParquetReader) else None
        self._native = native is not None
        if native is not None:
            own = [native.field(i) for i in self.kept]
            reader.cells_written = False
        else:
            # pandas and DuckDB refuse a file in which two columns have one name.
            names = unique(self.own_header, taken=appended)
            own = [pa.field(name, pa.string()) for name in names]
            if names != self.own_header:
                self.notes.append(renamed(self.own_header, names))
        new = [pa.field(name, pa.string(), nullable=False) for name in appended]
        self._schema = pa.schema(
            [*own, *new], metadata=native.metadata if native is not None else None
        )
        self._held: list[Any] = []
        self._file = pq.ParquetWriter(self.output.stream, self._schema, compression="zstd")

    def write(
        self, chunk: Chunk, columns: Iterable[Sequence[str]], records: Iterable[Mapping[str, Any]]
    ) -> None:
        import pyarrow as pa

        del records
        if self._native:
            own = [chunk.native.column(i) for i in self.kept]
        else:
            own = [_strings([r.cells[i] for r in chunk.rows]) for i in self.kept]
        new = [_strings(column) for column in zip(*columns, strict=True)]
        self._held.append(pa.RecordBatch.from_arrays([*own, *new], schema=self._schema))
        if sum(batch.num_rows for batch in self._held) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._held:
            with writing(self.path):
                self._file.write_table(pa.Table.from_batches(self._held))
            self._held = []

    def finish(self) -> None:
        self._flush()
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


def _strings(values: Sequence[str]) -> Any:
    """A column of texts, without `pa.array`: that imports pandas, a quarter of a second."""
    import numpy as np
    import pyarrow as pa

    cells = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, cells)], dtype=np.int64)
    buffers = pa.py_buffer(ends), pa.py_buffer(b"".join(cells))
    return pa.LargeStringArray.from_buffers(len(cells), *buffers).cast(pa.string())


def _texts(column: Any) -> list[str]:
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return [value or "" for value in column.to_pylist()]
    return [as_text(value) for value in column.to_pylist()]


def _odd_text(value: Any, where: str) -> str:
    """A column of one value as text, also where Python has no such date or knows no such zone."""
    import pyarrow as pa

    try:
        return _texts(value)[0]
    except (ArithmeticError, ValueError):
        if pa.types.is_timestamp(value.type):
            value = value.cast(pa.timestamp(value.type.unit))  # in UTC, which needs no zone
    try:
        return str(value.cast(pa.string())[0]).replace(" ", "T")
    except pa.ArrowException as error:
        raise InputError(
            Phrase(f"文字にできない値があります({error})", f"A value has no text ({error})"),
            where=where,
            hint=Phrase(
                "-o 名前.parquet とすれば、読まない列はそのまま写します",
                "With -o NAME.parquet, columns that are not read are copied as they are",
            ),
        ) from error
