"""The output folder of one experiment: its files, its lock, and who may write there."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digits import checkpoint
from digits.errors import TrainingError
from digits.files import remove_temporaries, write_atomically


class OutputFolder:
    """`<ENV.OUTPUT.BASE_DIR>/<EXPERIMENT.NAME>`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.metrics_log = path / "metrics.jsonl"
        self.metrics = path / "metrics.json"
        self.learning_curve = path / "learning-curve.png"

    def claim(self) -> None:
        """Make the folder and keep every other process out of it for as long as this one lives.

        The kernel drops the lock with the process, however that ends. A file system without locks
        is trusted.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Never closed: it lives exactly as long as the process. Read-only, so that a second
            # user of a shared folder can take the lock on the first one's file.
            self._lock = os.open(self.path / ".lock", os.O_RDONLY | os.O_CREAT, 0o666)
        except OSError as error:
            raise TrainingError(
                f"can't write to the output folder {self.path}: {error.strerror} "
                f"(uid {os.getuid()}); mount a folder this user can write to, or set "
                "ENV.OUTPUT.BASE_DIR"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainingError(
                f"another process is writing to {self.path}; wait for it, or name another "
                "EXPERIMENT.NAME"
            ) from error
        except OSError:
            pass
        remove_temporaries(self.path)

    def clear(self) -> bool:
        """Remove an earlier run's files, its 'finished' mark first; tell whether there were any."""
        paths = [self.metrics, self.metrics_log, self.learning_curve]
        for suffix in checkpoint.SUFFIXES:
            paths.append(checkpoint.current_path(self.path, suffix))
            paths.append(checkpoint.previous_path(self.path, suffix))
            paths.append(checkpoint.damaged_path(self.path, suffix))
        present = [path for path in paths if path.exists()]
        for path in present:
            path.unlink()
        return bool(present)

    def finished(self) -> dict[str, Any] | None:
        """The final metrics of a run that finished here. They are written last of all files."""
        try:
            metrics = json.loads(self.metrics.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return metrics if isinstance(metrics, dict) and "test_accuracy" in metrics else None

    def checkpoint_suffix(self) -> str | None:
        """The kind of checkpoint that lies here, if one does."""
        for suffix in checkpoint.SUFFIXES:
            names = (checkpoint.current_path, checkpoint.previous_path)
            if any(name(self.path, suffix).exists() for name in names):
                return suffix
        return None

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        write_atomically(self.metrics, json.dumps(metrics, indent=2) + "\n")
