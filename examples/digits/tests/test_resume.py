"""Killed, stopped or damaged midway, a run ends as if nothing had happened."""

from __future__ import annotations

import pytest

from tests.conftest import (
    BACKENDS,
    SIGINT,
    SIGKILL,
    SIGTERM,
    Program,
    without_timing,
)

# With augmentation, so that every step draws from the random generator that must be resumed. Logs
# and checkpoints fall on different steps, and the kill between both.
SHORT = (
    *("TRAIN.STEPS", 60, "TRAIN.LOG_EVERY", 4, "TRAIN.CHECKPOINT_EVERY", 10),
    *("TRAIN.MAX_SHIFT", 1),
)
SLOW = (*SHORT, "TRAIN.STEP_SECONDS", 0.02)


@pytest.mark.parametrize("backend", BACKENDS)
def test_killed_and_resumed_equals_never_interrupted(program: Program, backend: str) -> None:
    pick = ("TRAIN.BACKEND", backend)
    assert program.run(*SHORT, *pick, name="whole").code == 0

    for after in (17, 41):  # killed twice, past a checkpoint each
        killed = program.interrupted(*SLOW, *pick, after=after, signum=SIGKILL, name="cut")
        assert killed.code == -SIGKILL
        assert not program.path("metrics.json", "cut").exists()
    logged_at_kill = program.history("cut")[-1]["step"]
    resumed = program.run(*SHORT, *pick, name="cut")

    assert resumed.code == 0, resumed.err
    assert logged_at_kill >= 40
    start = program.metrics("cut")["resumed_from"]
    assert start >= 40
    assert start % 10 == 0
    assert f"from step {start}" in resumed.out
    assert program.history("cut") == program.history("whole")
    assert without_timing(program.metrics("cut")) == without_timing(program.metrics("whole"))


@pytest.mark.parametrize("signum", [SIGTERM, SIGINT])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_signal_saves_exits_and_can_be_resumed(
    program: Program, backend: str, signum: int
) -> None:
    pick = ("TRAIN.BACKEND", backend)
    stopped = program.interrupted(*SLOW, *pick, after=13, signum=signum)
    assert stopped.code == 128 + signum, stopped.err
    assert f"stopped by {'SIGTERM' if signum == SIGTERM else 'SIGINT'} after step" in stopped.out
    assert "the same command resumes from" in stopped.out
    assert program.path("learning-curve.png").exists()
    assert not program.path("metrics.json").exists()

    assert program.run(*SHORT, *pick).code == 0
    program.run(*SHORT, *pick, name="whole")
    assert program.history() == program.history("whole")
    assert without_timing(program.metrics()) == without_timing(program.metrics("whole"))


def test_a_second_signal_exits_at_once(program: Program) -> None:
    # The step lasts long enough for the second signal to come within it.
    opts = ("TRAIN.LOG_EVERY", 1, "TRAIN.BATCH_SIZE", 512, "MODEL.MLP.WIDTH", 4096)
    ended = program.interrupted(*opts, after=1, signum=SIGTERM, again=SIGINT)
    assert ended.code == 130
    assert "exit at once" in ended.err


def test_killed_before_the_first_checkpoint_starts_clean(program: Program) -> None:
    never = (*SLOW, "TRAIN.CHECKPOINT_EVERY", 1000)
    program.interrupted(*never, after=8, signum=SIGKILL)
    assert program.run(*SHORT).code == 0
    assert [record["step"] for record in program.history()] == list(range(0, 61, 4))


def _damage(program: Program, file: str) -> None:
    path = program.path(file)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_damaged_checkpoint_gives_way_to_the_previous_one(program: Program, backend: str) -> None:
    pick = ("TRAIN.BACKEND", backend)
    suffix = ".npz" if backend == "numpy" else ".pt"
    program.run(*SHORT, *pick)
    whole, history = program.metrics(), program.history()
    _damage(program, f"checkpoint{suffix}")
    program.path("metrics.json").unlink()

    again = program.run(*SHORT, *pick)
    assert again.code == 0, again.err
    assert f"going back to checkpoint.previous{suffix}" in again.out
    assert program.metrics()["resumed_from"] == 50
    assert without_timing(program.metrics()) == without_timing(whole)
    assert program.history() == history

    # The damaged file must not have been kept as 'the last good one'.
    _damage(program, f"checkpoint{suffix}")
    program.path("metrics.json").unlink()
    assert program.run(*SHORT, *pick).code == 0


@pytest.mark.parametrize("content", [b"", b"PK not a zip"])
def test_without_a_whole_checkpoint_it_stops_with_a_remedy(
    program: Program, content: bytes
) -> None:
    program.run(*SHORT)
    program.path("metrics.json").unlink()
    for file in ("checkpoint.npz", "checkpoint.previous.npz"):
        program.path(file).write_bytes(content)
    again = program.run(*SHORT)
    assert again.code == 1
    assert "no checkpoint in" in again.err
    assert "TRAIN.AUTO_RESUME false" in again.err
    assert "Traceback" not in again.err
    assert program.run(*SHORT, "TRAIN.AUTO_RESUME", "false").code == 0


def test_half_a_line_in_the_log_is_dropped(program: Program) -> None:
    program.interrupted(*SLOW, after=24, signum=SIGTERM)
    with program.path("metrics.jsonl").open("a") as stream:
        stream.write('{"step": 25, "lo')
    program.run(*SHORT)
    assert [record["step"] for record in program.history()] == list(range(0, 61, 4))


def test_resuming_with_other_settings_is_refused(program: Program) -> None:
    program.interrupted(*SLOW, after=12, signum=SIGTERM)
    again = program.run(*SHORT, "TRAIN.LR", 0.01)
    assert again.code == 2
    assert "TRAIN.LR 0.002 (now 0.01)" in again.err


def test_settings_that_do_not_touch_the_result_may_change(program: Program) -> None:
    program.interrupted(*SLOW, after=12, signum=SIGTERM)
    assert program.run(*SHORT, "TRAIN.CHECKPOINT_EVERY", 7).code == 0
