"""Settings: the defaults, a YAML file over them, `--opts KEY VALUE ...` over both.

The dataclasses below are the only place where a setting is declared. A key that is not there is
refused with the nearest one that is, and a value must have its default's type: a typo costs a
second, not a night of training with the default.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from digits.errors import UsageError


@dataclass(frozen=True)
class Bucket:
    """Object storage, as linnaeus names it. Recorded only: digits transfers nothing."""

    REMOTE: str = ""
    BUCKET: str = ""
    APP_KEY: str = ""


@dataclass(frozen=True)
class Input:
    CACHE_DIR: str = "/root/.cache/digits"
    BUCKET: Bucket = field(default_factory=Bucket)


@dataclass(frozen=True)
class Output:
    BASE_DIR: str = "/output"
    BUCKET: Bucket = field(default_factory=Bucket)


@dataclass(frozen=True)
class Env:
    INPUT: Input = field(default_factory=Input)
    OUTPUT: Output = field(default_factory=Output)


@dataclass(frozen=True)
class Wandb:
    """Recorded only: digits reports to no service. The key belongs in WANDB_API_KEY."""

    KEY: str = ""


@dataclass(frozen=True)
class Experiment:
    NAME: str = "digits"
    WANDB: Wandb = field(default_factory=Wandb)


@dataclass(frozen=True)
class Data:
    SPLIT_SEED: int = 0  # apart from TRAIN.SEED, so that seeds are compared on the same test set
    TEST_FRACTION: float = 0.2


@dataclass(frozen=True)
class Mlp:
    """The numpy backend's model."""

    WIDTH: int = 128
    LAYERS: int = 2


@dataclass(frozen=True)
class Transformer:
    """The torch backend's model."""

    ATTENTION: str = "auto"
    WIDTH: int = 64
    HEADS: int = 4
    LAYERS: int = 2


@dataclass(frozen=True)
class Model:
    MLP: Mlp = field(default_factory=Mlp)
    TRANSFORMER: Transformer = field(default_factory=Transformer)


@dataclass(frozen=True)
class Train:
    BACKEND: str = "auto"
    DEVICE: str = "auto"
    STEPS: int = 600
    BATCH_SIZE: int = 64
    LR: float = 0.002
    WARMUP_STEPS: int = 50
    WEIGHT_DECAY: float = 0.01
    MAX_SHIFT: int = 0  # augmentation: move each picture by up to so many pixels
    SEED: int = 0
    LOG_EVERY: int = 25
    CHECKPOINT_EVERY: int = 100
    AUTO_RESUME: bool = True
    STEP_SECONDS: float = 0.0  # sleep after each step, for tests that must catch a run midway


@dataclass(frozen=True)
class Debug:
    EXIT_CODE: int = 0  # other than 0: exit with it before training


@dataclass(frozen=True)
class Config:
    ENV: Env = field(default_factory=Env)
    EXPERIMENT: Experiment = field(default_factory=Experiment)
    DATA: Data = field(default_factory=Data)
    MODEL: Model = field(default_factory=Model)
    TRAIN: Train = field(default_factory=Train)
    DEBUG: Debug = field(default_factory=Debug)


Value = str | int | float | bool

_CHOICES: dict[str, tuple[str, ...]] = {
    "MODEL.TRANSFORMER.ATTENTION": ("auto", "flash", "sdpa"),
    "TRAIN.BACKEND": ("auto", "torch", "numpy"),
    "TRAIN.DEVICE": ("auto", "cpu", "cuda"),
}

# Inclusive bounds; None is unbounded.
_RANGES: dict[str, tuple[float | None, float | None]] = {
    "DATA.SPLIT_SEED": (0, None),
    "DATA.TEST_FRACTION": (0.05, 0.5),
    "MODEL.MLP.WIDTH": (1, None),
    "MODEL.MLP.LAYERS": (1, None),
    "MODEL.TRANSFORMER.WIDTH": (1, None),
    "MODEL.TRANSFORMER.HEADS": (1, None),
    "MODEL.TRANSFORMER.LAYERS": (1, None),
    "TRAIN.STEPS": (1, None),
    "TRAIN.BATCH_SIZE": (1, 512),
    "TRAIN.LR": (1e-8, 1.0),
    "TRAIN.WARMUP_STEPS": (0, None),
    "TRAIN.WEIGHT_DECAY": (0, 1),
    "TRAIN.MAX_SHIFT": (0, 4),
    "TRAIN.SEED": (0, 2**32 - 1),
    "TRAIN.LOG_EVERY": (1, None),
    "TRAIN.CHECKPOINT_EVERY": (1, None),
    "TRAIN.STEP_SECONDS": (0, None),
    "DEBUG.EXIT_CODE": (0, 255),
}

_SECRET = re.compile(r"(^|_)KEY$|SECRET|TOKEN|PASSWORD")
_KEY = re.compile(r"[A-Z0-9_]+(\.[A-Z0-9_]+)*")


def load_config(file: Path | None, words: Sequence[str]) -> Config:
    """Merge defaults, `file` and the words after `--opts`; raise UsageError with every problem."""
    problems: list[str] = []
    values = flatten(Config())
    sources = [_file_settings(file, problems) if file else [], _opts_settings(words, problems)]
    for source in sources:
        for key, value, where in source:
            _set(values, key, value, where, problems)
    problems += _broken_rules(values)
    if problems:
        raise UsageError(problems)
    return _unflatten(Config(), values)


def flatten(section: Any, prefix: str = "") -> dict[str, Value]:  # noqa: ANN401
    """Dotted keys and values of a section, in the order of declaration."""
    values: dict[str, Value] = {}
    for entry in dataclasses.fields(section):
        value = getattr(section, entry.name)
        if dataclasses.is_dataclass(value):
            values |= flatten(value, f"{prefix}{entry.name}.")
        else:
            values[prefix + entry.name] = value
    return values


def redacted_yaml(config: Config) -> str:
    """The merged settings as YAML that can be printed, saved and read back; no secret in it."""
    tree: dict[str, Any] = {}
    for key, value in flatten(config).items():
        *sections, name = key.split(".")
        node = tree
        for section in sections:
            node = node.setdefault(section, {})
        node[name] = "<redacted>" if value and is_secret(key) else value
    return yaml.safe_dump(tree, sort_keys=False)


def is_secret(key: str) -> bool:
    return bool(_SECRET.search(key.rsplit(".", 1)[-1]))


def _unflatten(section: Any, values: Mapping[str, Value], prefix: str = "") -> Any:  # noqa: ANN401
    changed: dict[str, Any] = {}
    for entry in dataclasses.fields(section):
        value = getattr(section, entry.name)
        if dataclasses.is_dataclass(value):
            changed[entry.name] = _unflatten(value, values, f"{prefix}{entry.name}.")
        else:
            changed[entry.name] = values[prefix + entry.name]
    return dataclasses.replace(section, **changed)


def _file_settings(file: Path, problems: list[str]) -> list[tuple[str, Any, str]]:
    """(key, value, where) for each setting in a YAML file."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        # Not str(error): it quotes the line, and the line may hold a secret.
        mark = error.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        problems.append(f"{file}{line}: not YAML: {error.problem}")
        return []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a YAML text"
        problems.append(f"--cfg {file}: can't be read: {reason}{_nearby(file)}")
        return []
    if content is None:
        return []
    if not isinstance(content, dict):
        problems.append(f"{file}: must hold sections such as 'TRAIN:', not one value")
        return []
    return list(_leaves(content, "", str(file)))


def _leaves(node: Mapping[Any, Any], prefix: str, where: str) -> list[tuple[str, Any, str]]:
    found: list[tuple[str, Any, str]] = []
    for name, value in node.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            found += _leaves(value, f"{key}.", where)
        else:
            found.append((key, value, where))
    return found


def _nearby(file: Path) -> str:
    folder = file.parent
    names = sorted(p.name for p in folder.glob("*.yaml")) if folder.is_dir() else []
    if names:
        return f" (in {folder} there is: {', '.join(names)})"
    return f" (looked from {Path.cwd()})"


def _opts_settings(words: Sequence[str], problems: list[str]) -> list[tuple[str, Any, str]]:
    if len(words) % 2:
        # The words themselves stay unsaid: with a missing word, any of them may be a secret.
        problems.append(
            f"--opts takes pairs of KEY VALUE, but {len(words)} words were given; "
            "an empty value is written ''"
        )
        return []
    return [(words[i], words[i + 1], "--opts") for i in range(0, len(words), 2)]


def _set(
    values: dict[str, Value], key: str, value: object, where: str, problems: list[str]
) -> None:
    if key not in values:
        problems.append(f"{where}: {_unknown(key, values)}")
        return
    try:
        values[key] = _typed(value, values[key])
    except ValueError as error:
        problems.append(f"{where}: {key} must be {error}")


def _unknown(key: str, values: Mapping[str, Value]) -> str:
    if not _KEY.fullmatch(key):
        # It may be a value that slipped into a key's place, and so a secret: not quoted.
        return "a word in a key's place is no dotted key in capitals, such as TRAIN.STEPS"
    if inside := [name for name in values if name.startswith(f"{key}.")]:
        return f"{key} is a section, not a setting; did you mean {inside[0]}?"
    near = difflib.get_close_matches(key, values, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "--help lists all keys"
    return f"unknown key {key}; {hint}"


def _typed(value: object, default: Value) -> Value:
    """`value` as the type of `default`; text is parsed, for that is what --opts brings."""
    quoted = repr(value)
    if isinstance(default, bool):
        words = {"true": True, "false": False}
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        raise ValueError(f"true or false, not {quoted}")
    if isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value):
            return int(value)
        raise ValueError(f"a whole number, not {quoted}")
    if isinstance(default, float):
        # Text from YAML too: YAML 1.1 reads 1e-3 as text, for want of a dot.
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            try:
                number = float(value)
            except ValueError:
                number = math.nan
            if math.isfinite(number):
                return number
        raise ValueError(f"a number, not {quoted}")
    if isinstance(value, str):
        return value
    # The value stays unsaid: it may be a secret that only lacks its quotes.
    raise ValueError(f"text, not {type(value).__name__}; put it in quotes ('' when empty)")


def _broken_rules(values: Mapping[str, Value]) -> list[str]:
    problems = [
        f"{key} must be one of {', '.join(choices)}, not {values[key]!r}"
        for key, choices in _CHOICES.items()
        if values[key] not in choices
    ]
    for key, (low, high) in _RANGES.items():
        value = float(values[key])
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"at least {low}" if high is None else f"from {low} to {high}"
            problems.append(f"{key} must be {bounds}, not {values[key]}")
    name = str(values["EXPERIMENT.NAME"])
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        problems.append(f"EXPERIMENT.NAME names a folder: letters, digits, . _ -, not {name!r}")
    for key in ("ENV.OUTPUT.BASE_DIR", "ENV.INPUT.CACHE_DIR"):
        if not values[key]:
            problems.append(f"{key} must name a folder, not be empty")
    heads = int(values["MODEL.TRANSFORMER.HEADS"])
    # flash-attention wants heads of a multiple of 8 wide; asking for it always keeps one model.
    if heads > 0 and int(values["MODEL.TRANSFORMER.WIDTH"]) % (8 * heads):
        problems.append(
            "MODEL.TRANSFORMER.WIDTH must be a multiple of 8 * MODEL.TRANSFORMER.HEADS, "
            f"not {values['MODEL.TRANSFORMER.WIDTH']} with {heads} heads"
        )
    return problems
