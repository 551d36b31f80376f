"""Settings: merged strictly, refused clearly, never telling a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from digits.config import Config, flatten, load_config, redacted_yaml
from digits.errors import UsageError
from tests.conftest import ROOT, Program


def problems(*words: str, text: str | None = None, folder: Path | None = None) -> list[str]:
    file = None
    if text is not None and folder is not None:
        file = folder / "x.yaml"
        file.write_text(text)
    with pytest.raises(UsageError) as raised:
        load_config(file, words)
    return raised.value.problems


def test_default_yaml_says_what_the_defaults_are() -> None:
    assert load_config(ROOT / "configs/default.yaml", []) == Config()


def test_options_win_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("TRAIN:\n  STEPS: 7\n  LR: 1e-2\n  SEED: 3\n")
    config = load_config(file, ["TRAIN.SEED", "4", "TRAIN.AUTO_RESUME", "False"])
    assert (config.TRAIN.STEPS, config.TRAIN.LR, config.TRAIN.SEED) == (7, 0.01, 4)
    assert config.TRAIN.AUTO_RESUME is False
    assert config.TRAIN.BATCH_SIZE == Config().TRAIN.BATCH_SIZE


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["TRAIN.STEP", "5"], "unknown key TRAIN.STEP; did you mean TRAIN.STEPS?"),
        (["TRAIN", "5"], "TRAIN is a section"),
        (["TRAIN.STEPS", "five"], "TRAIN.STEPS must be a whole number, not 'five'"),
        (["TRAIN.STEPS", "5.0"], "a whole number, not '5.0'"),
        (["TRAIN.STEPS", "0"], "TRAIN.STEPS must be at least 1, not 0"),
        (["TRAIN.LR", "nan"], "TRAIN.LR must be a number, not 'nan'"),
        (["TRAIN.AUTO_RESUME", "1"], "true or false, not '1'"),
        (["TRAIN.BACKEND", "jax"], "one of auto, torch, numpy, not 'jax'"),
        (["EXPERIMENT.NAME", "../up"], "names a folder"),
        (["DEBUG.EXIT_CODE", "256"], "from 0 to 255"),
        (["MODEL.TRANSFORMER.HEADS", "3"], "multiple of 8 * MODEL.TRANSFORMER.HEADS"),
    ],
)
def test_a_bad_option_is_refused(words: list[str], message: str) -> None:
    (problem,) = problems(*words)
    assert message in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TRAIN:\n  STEPS: '5x'\n", "x.yaml: TRAIN.STEPS must be a whole number"),
        ("TRAIN:\n  STEPS: true\n", "a whole number, not True"),
        ("TRAIN:\n  STEPZ: 5\n", "did you mean TRAIN.STEPS?"),
        ("TRAIN: 5\n", "TRAIN is a section"),
        ("TRAIN:\n  STEPS: {A: 1}\n", "unknown key TRAIN.STEPS.A"),
        ("EXPERIMENT:\n  NAME: 5\n", "text, not int; put it in quotes"),
        ("TRAIN: [\n", "x.yaml:2: not YAML"),
        ("- 1\n", "must hold sections"),
        ("TRAIN:\n  1: 2\n", "unknown key TRAIN.1"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (problem,) = problems(text=text, folder=tmp_path)
    assert message in problem


def test_all_problems_are_told_together(tmp_path: Path) -> None:
    found = problems("TRAIN.SEED", "x", "NOPE", "1", text="A: {B: 1}\n", folder=tmp_path)
    assert len(found) == 3


def test_a_missing_file_names_its_neighbours() -> None:
    with pytest.raises(UsageError, match=r"quick\.yaml"):
        load_config(ROOT / "configs/quik.yaml", [])


def test_an_odd_number_of_words_is_refused_without_repeating_them() -> None:
    (problem,) = problems("EXPERIMENT.NAME", "EXPERIMENT.WANDB.KEY", "hunter2")
    assert "3 words" in problem
    assert "hunter2" not in problem


def test_a_value_in_a_keys_place_is_not_repeated() -> None:
    (problem,) = problems("hunter2", "TRAIN.STEPS")
    assert "hunter2" not in problem


def test_yaml_errors_do_not_quote_the_file(tmp_path: Path) -> None:
    text = "EXPERIMENT:\n  WANDB:\n    KEY: 'hunter2\n"
    assert "hunter2" not in problems(text=text, folder=tmp_path)[0]


@pytest.mark.parametrize(
    "key",
    ["EXPERIMENT.WANDB.KEY", "ENV.INPUT.BUCKET.APP_KEY", "ENV.OUTPUT.BUCKET.APP_KEY"],
)
def test_secrets_are_redacted_and_empty_ones_stay_empty(key: str) -> None:
    assert key in flatten(Config())
    text = redacted_yaml(load_config(None, [key, "hunter2"]))
    assert "hunter2" not in text
    assert text.count("<redacted>") == 1
    assert "<redacted>" not in redacted_yaml(load_config(None, [key, ""]))


def test_bad_options_exit_with_2(program: Program) -> None:
    for words in (["TRAIN.STEP", "5"], ["TRAIN.STEPS"], ["TRAIN.STEPS", "x"]):
        done = program.run(*words)
        assert done.code == 2
        assert done.err.startswith("digits: error: ")
        assert "Traceback" not in done.err


def test_an_unknown_flag_is_not_swallowed(program: Program) -> None:
    assert program.run("--optz").code == 2
