"""metrics.jsonl: one line a log step, with neither gaps nor repeats after a resume."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from digits.files import write_atomically


@dataclass(frozen=True)
class Record:
    step: int
    loss: float  # mean cross-entropy over the whole training set
    train_accuracy: float
    test_accuracy: float
    lr: float
    seconds: float  # of training, summed over interruptions

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class MetricsLog:
    """The log so far, in memory and on disk. Without a path (ranks but the first), memory only."""

    def __init__(self, path: Path | None, records: list[Record] | None = None) -> None:
        self.records = records or []
        self._path = path

    @classmethod
    def reopen(cls, path: Path, step: int) -> MetricsLog:
        """Keep the log up to `step`; what a killed run logged after it will be logged again."""
        records = [record for record in _readable(path) if record.step <= step]
        write_atomically(path, "".join(record.line() for record in records))
        return cls(path, records)

    def append(self, record: Record) -> None:
        self.records.append(record)
        if self._path is None:
            return
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(record.line())
            stream.flush()
            # Before the checkpoint of the same step, so that none is ever ahead of its log.
            os.fsync(stream.fileno())


def _readable(path: Path) -> list[Record]:
    """Records up to the first line that isn't one: a kill can leave half a line at the end."""
    records: list[Record] = []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return records
    for line in lines:
        try:
            records.append(Record(**json.loads(line)))
        except (ValueError, TypeError):
            break
    return records
