"""Which of the training processes this one is, from the variables torchrun sets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from digits.errors import UsageError


@dataclass(frozen=True)
class Ranks:
    rank: int = 0
    local_rank: int = 0  # among the processes of this host: the index of its GPU
    world_size: int = 1

    @property
    def first(self) -> bool:
        """Only the first rank prints and writes."""
        return self.rank == 0

    @property
    def distributed(self) -> bool:
        return self.world_size > 1


def ranks_from(environment: Mapping[str, str] = os.environ) -> Ranks:
    try:
        local_rank = int(environment.get("LOCAL_RANK", "0"))
        return Ranks(
            rank=int(environment.get("RANK", str(local_rank))),
            local_rank=local_rank,
            world_size=int(environment.get("WORLD_SIZE", "1")),
        )
    except ValueError as error:
        raise UsageError(f"RANK, LOCAL_RANK and WORLD_SIZE must be numbers: {error}") from error
