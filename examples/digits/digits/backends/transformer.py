"""A small transformer that reads a digit as a sentence of its eight rows."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from digits.backends.attention import Attend
from digits.config import Transformer
from digits.data import CLASSES, SIDE


class Classifier(nn.Module):
    """Images (n, 8, 8) to logits (n, 10)."""

    def __init__(self, settings: Transformer, attend: Attend) -> None:
        super().__init__()
        width = settings.WIDTH
        self.embed = nn.Linear(SIDE, width)
        self.position = nn.Parameter(0.02 * torch.randn(SIDE, width))
        self.blocks = nn.Sequential(
            *(Block(width, settings.HEADS, attend) for _ in range(settings.LAYERS))
        )
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, CLASSES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.embed(images) + self.position  # (n, 8 rows, width)
        tokens = self.blocks(tokens)
        return self.classify(self.norm(tokens).mean(dim=1))


class Block(nn.Module):
    """Attention between rows, then a perceptron in each; both added to what came in."""

    def __init__(self, width: int, heads: int, attend: Attend) -> None:
        super().__init__()
        self._heads = heads
        self._attend = attend
        self.attention_norm = nn.LayerNorm(width)
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(n, tokens, width) to the same shape."""
        projected = self.project_in(self.attention_norm(tokens))
        # (n, tokens, 3 * width) -> three of (n, tokens, heads, head width)
        queries, keys, values = projected.unflatten(-1, (3, self._heads, -1)).unbind(dim=2)
        mixed = self._attend(queries, keys, values).flatten(start_dim=2)
        tokens = tokens + self.project_out(mixed)
        return tokens + self.narrow(F.gelu(self.widen(self.mlp_norm(tokens))))
