"""Lines on stdout, one at a time and at once."""

from __future__ import annotations

import os
import sys

_muted = False


def mute() -> None:
    """Every rank but the first keeps quiet, so that a line is printed once."""
    global _muted
    _muted = True


def say(line: str) -> None:
    """Print one line and flush it: a log that is followed must not lag a buffer behind."""
    if _muted:
        return
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Whoever followed the log is gone. That is no reason to lose the training run.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
