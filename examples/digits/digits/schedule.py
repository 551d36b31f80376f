"""The learning rate: a linear warm-up, then a cosine down to a hundredth."""

from __future__ import annotations

import math

_FLOOR = 0.01


def learning_rate(step: int, *, steps: int, warmup_steps: int, peak: float) -> float:
    """The rate of step number `step` (0-based): a pure function, so resuming needs no state."""
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - warmup_steps)
    return peak * (_FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))
