"""What trains: torch where it is installed, numpy where not."""

from __future__ import annotations

import importlib.util
from typing import Any, Protocol

from digits.checkpoint import Format
from digits.config import Config
from digits.data import Images, Labels, Split
from digits.errors import TrainingError
from digits.ranks import Ranks


class Backend(Protocol):
    """One model with its optimizer. The training loop knows no more about it than this."""

    name: str
    format: Format
    device: str
    attention: str | None  # what computes attention, in a word or two; None without attention

    def train_step(self, images: Images, labels: Labels, rate: float) -> None:
        """One optimizer step on a global batch: images (n, 8, 8), labels (n,)."""

    def evaluate(self, data: Split) -> tuple[float, float]:
        """Mean cross-entropy and accuracy over `data`; changes nothing."""

    def state(self) -> dict[str, Any]:
        """Parameters, optimizer and random state."""

    def restore(self, state: dict[str, Any]) -> None:
        """The reverse of `state`."""


def choose_backend(wanted: str) -> tuple[str, str]:
    """The backend's name and why, without importing it (torch takes seconds to import).

    A torch that is installed but broken is not passed over: it fails later, at its import. Whoever
    put it into an image wants to hear of that, not to train with numpy by accident.
    """
    installed = importlib.util.find_spec("torch") is not None
    if wanted == "torch" and not installed:
        raise TrainingError("TRAIN.BACKEND is torch, but torch is not installed here")
    if wanted != "auto":
        return wanted, "TRAIN.BACKEND asks for it"
    return ("torch", "torch is installed") if installed else ("numpy", "torch is not installed")


def make_backend(name: str, config: Config, ranks: Ranks) -> Backend:
    if name == "torch":
        try:
            from digits.backends.torch_backend import TorchBackend
        except (ImportError, OSError) as error:
            raise TrainingError(
                f"torch is installed but can't be imported: {error}; "
                "--opts TRAIN.BACKEND numpy trains without it"
            ) from error
        return TorchBackend(config, ranks)
    from digits.backends.numpy_backend import NumpyBackend

    return NumpyBackend(config)
