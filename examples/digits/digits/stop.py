"""SIGINT and SIGTERM: finish the step, save, and exit with 128 + the signal's number."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType

_SLICE_SECONDS = 0.05


class StopRequest:
    """Remembers the first signal; a second one ends the process at once."""

    def __init__(self) -> None:
        self.signum: int | None = None

    def install(self) -> StopRequest:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._handle)
        return self

    def _handle(self, signum: int, _frame: FrameType | None) -> None:
        if self.signum is None:
            self.signum = signum
            line = "stopping after this step; a second signal exits at once, without saving\n"
        else:
            line = "second signal: exit at once, this step is not saved\n"
        # os.write, because print is not safe inside a handler that interrupted a print.
        os.write(2, line.encode())
        if line.startswith("second"):
            os._exit(128 + signum)

    @property
    def requested(self) -> bool:
        return self.signum is not None

    @property
    def name(self) -> str:
        return signal.Signals(self.signum).name if self.signum is not None else ""

    @property
    def exit_code(self) -> int:
        return 128 + self.signum if self.signum is not None else 0

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake up soon after a signal (time.sleep alone goes on after handlers)."""
        until = time.monotonic() + seconds
        while not self.requested and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_SECONDS))
