"""The program as its users start it: a real process, in a fresh folder."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the tests run without an installation too

HAS_TORCH = importlib.util.find_spec("torch") is not None
BACKENDS = [
    "numpy",
    pytest.param("torch", marks=pytest.mark.skipif(not HAS_TORCH, reason="torch is missing")),
]


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str


@dataclasses.dataclass
class Program:
    """Starts `python digits/main.py` with an output and a cache folder of its own."""

    folder: Path
    cache: Path

    def command(self, *opts: object, name: str = "run", cfg: str = "quick") -> list[str]:
        # fmt: off
        return [
            sys.executable, "digits/main.py", "--cfg", f"configs/{cfg}.yaml", "--opts",
            "ENV.OUTPUT.BASE_DIR", str(self.folder), "ENV.INPUT.CACHE_DIR", str(self.cache),
            "EXPERIMENT.NAME", name, "TRAIN.BACKEND", "numpy", *map(str, opts),
        ]
        # fmt: on

    def run(self, *opts: object, name: str = "run", cfg: str = "quick") -> Result:
        done = subprocess.run(
            self.command(*opts, name=name, cfg=cfg),
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def interrupted(
        self, *opts: object, after: int, signum: int, name: str = "run", again: int | None = None
    ) -> Result:
        """Start it and send a signal as soon as the log shows step `after`."""
        process = subprocess.Popen(
            self.command(*opts, name=name),
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("step") and int(line.split("/")[0].removeprefix("step")) >= after:
                process.send_signal(signum)
                if again is not None:
                    assert process.stderr is not None
                    lines.append(process.stderr.readline())  # the first signal has arrived
                    process.send_signal(again)
                break
        out, err = process.communicate(timeout=180)
        return Result(process.returncode, "".join(lines) + out, err)

    def path(self, file: str, name: str = "run") -> Path:
        return self.folder / name / file

    def metrics(self, name: str = "run") -> dict[str, Any]:
        return json.loads(self.path("metrics.json", name).read_text())

    def history(self, name: str = "run") -> list[dict[str, Any]]:
        lines = self.path("metrics.jsonl", name).read_text().splitlines()
        return [without_timing(json.loads(line)) for line in lines]


def without_timing(record: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on whether, when and how often a run was interrupted."""
    return {k: v for k, v in record.items() if k not in ("seconds", "resumed_from")}


def environment() -> dict[str, str]:
    """Without a home, without what the tester's shell says about Python or training."""
    keep = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
    chosen = {name: os.environ[name] for name in keep if name in os.environ}
    return chosen | {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def program(tmp_path: Path, cache: Path) -> Program:
    return Program(tmp_path, cache)


SIGKILL, SIGTERM, SIGINT = signal.SIGKILL, signal.SIGTERM, signal.SIGINT
