"""A run from its start to its end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from digits import __version__
from tests.conftest import BACKENDS, HAS_TORCH, ROOT, Program, environment

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("backend", BACKENDS)
def test_quick_training_reaches_the_promised_accuracy(program: Program, backend: str) -> None:
    done = program.run("TRAIN.BACKEND", backend)
    assert done.code == 0, done.err
    assert done.err == ""
    metrics = program.metrics()
    assert metrics["test_accuracy"] >= 0.95
    assert metrics["steps"] == 300
    assert metrics["backend"] == backend
    assert metrics["attention"] == (None if backend == "numpy" else "scaled_dot_product_attention")
    assert metrics["version"] == __version__
    assert metrics["resumed_from"] is None
    assert [record["step"] for record in program.history()] == list(range(0, 301, 20))
    assert program.path("learning-curve.png").read_bytes().startswith(PNG)
    suffix = ".npz" if backend == "numpy" else ".pt"
    files = {path.name for path in program.path("").iterdir()}
    assert files == {
        ".lock",
        f"checkpoint{suffix}",
        f"checkpoint.previous{suffix}",
        "config.yaml",
        "learning-curve.png",
        "metrics.json",
        "metrics.jsonl",
    }
    assert f"finished: test accuracy {metrics['test_accuracy']:.2%} after 300 steps" in done.out


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_seed_gives_the_same_run_and_another_seed_another(
    program: Program, backend: str
) -> None:
    opts = ("TRAIN.BACKEND", backend, "TRAIN.STEPS", 10, "TRAIN.LOG_EVERY", 5)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert program.run(*opts, "TRAIN.SEED", seed, name=name).code == 0
    assert program.history("a") == program.history("b")
    assert program.history("a") != program.history("c")


def test_a_finished_run_is_not_run_again(program: Program) -> None:
    opts = ("TRAIN.STEPS", 20, "TRAIN.LOG_EVERY", 10)
    program.run(*opts)
    before = program.path("metrics.json").read_bytes()
    again = program.run(*opts)
    assert again.code == 0
    assert "already finished: test accuracy" in again.out
    assert program.path("metrics.json").read_bytes() == before


def test_a_finished_run_with_other_settings_is_refused(program: Program) -> None:
    program.run("TRAIN.STEPS", 5)
    again = program.run("TRAIN.STEPS", 6)
    assert again.code == 2
    assert "TRAIN.STEPS 5 (now 6)" in again.err


def test_starting_over_removes_what_was_there(program: Program) -> None:
    program.run("TRAIN.STEPS", 5, "TRAIN.LOG_EVERY", 1)
    again = program.run("TRAIN.STEPS", 2, "TRAIN.LOG_EVERY", 1, "TRAIN.AUTO_RESUME", "false")
    assert again.code == 0
    assert "removed the earlier run" in again.out
    assert [record["step"] for record in program.history()] == [0, 1, 2]


def test_the_cache_is_used_and_rebuilt_when_damaged(program: Program, tmp_path: Path) -> None:
    program.cache = tmp_path / "cache"
    opts = ("TRAIN.STEPS", 2)
    assert "from scikit-learn, cached in" in program.run(*opts, name="a").out
    assert "from the cache" in program.run(*opts, name="b").out
    (file,) = program.cache.glob("*.npz")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    assert "could not be used" in program.run(*opts, name="c").out
    assert "from the cache" in program.run(*opts, name="d").out
    assert program.history("a") == program.history("d")


def test_a_cache_that_cannot_be_written_is_no_obstacle(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    program.cache = tmp_path / "file" / "cache"
    done = program.run("TRAIN.STEPS", 2)
    assert done.code == 0, done.err
    assert "not cached in" in done.out


def test_an_output_folder_that_cannot_be_made_is_one_clear_error(
    program: Program, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = program.run("ENV.OUTPUT.BASE_DIR", tmp_path / "file" / "output")
    assert done.code == 1
    assert "can't write to the output folder" in done.err
    assert "Traceback" not in done.err


def test_two_runs_cannot_share_a_folder(program: Program) -> None:
    command = program.command("TRAIN.STEP_SECONDS", 1, "TRAIN.LOG_EVERY", 1)
    first = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        next(line for line in first.stdout if line.startswith("step"))
        second = program.run()
        assert second.code == 1
        assert "another process is writing" in second.err
    finally:
        first.kill()
        first.communicate()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("backend", BACKENDS)
def test_an_unknown_user_without_a_home_can_train(
    program: Program, tmp_path: Path, backend: str
) -> None:
    stranger = {"user": 54321, "group": 54321, "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", ""], **stranger, check=True)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("this Python lies in a folder that only its owner may enter")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o777)
    # The default cache folder, below root's home, is closed to this user.
    command = program.command(
        "TRAIN.STEPS", 2, "TRAIN.BACKEND", backend, "ENV.INPUT.CACHE_DIR", "/root/.cache/digits"
    )
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        **stranger,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert program.metrics()["steps"] == 2


def test_the_config_that_is_saved_is_the_one_that_ran(program: Program) -> None:
    program.run("TRAIN.STEPS", 2, "TRAIN.LR", "1e-3")
    saved = yaml.safe_load(program.path("config.yaml").read_text())
    assert saved["TRAIN"]["STEPS"] == 2
    assert saved["TRAIN"]["LR"] == 0.001
    assert saved["TRAIN"]["WARMUP_STEPS"] == 20  # from the file
    assert saved["TRAIN"]["BATCH_SIZE"] == 64  # the default


def test_no_secret_reaches_the_log_or_a_file(program: Program) -> None:
    secret = "hunter2-do-not-tell"
    done = program.run(
        *("TRAIN.STEPS", 2, "EXPERIMENT.WANDB.KEY", secret, "ENV.OUTPUT.BUCKET.APP_KEY", secret)
    )
    assert done.code == 0
    assert secret not in done.out + done.err
    assert "KEY: <redacted>" in done.out
    assert "warning: EXPERIMENT.WANDB.KEY is set" in done.out
    for file in program.path("").iterdir():
        assert secret.encode() not in file.read_bytes(), file


def test_the_exit_code_asked_for(program: Program) -> None:
    done = program.run("DEBUG.EXIT_CODE", 3)
    assert done.code == 3
    assert not program.path("").exists()


def test_the_smoke_does_five_steps_each_time(program: Program) -> None:
    for _ in range(2):
        done = program.run(name="smoke", cfg="smoke")
        assert done.code == 0, done.err
        assert len(re.findall(r"^step [1-5]/5 ", done.out, re.MULTILINE)) == 5


def test_it_runs_as_a_module_and_from_elsewhere(program: Program, tmp_path: Path) -> None:
    opts = program.command("TRAIN.STEPS", 2)[program.command().index("--opts") :]
    for start, cwd in ((["-m", "digits.main"], ROOT), ([str(ROOT / "digits/main.py")], tmp_path)):
        done = subprocess.run(
            [sys.executable, *start, *opts, "TRAIN.AUTO_RESUME", "false"],
            cwd=cwd,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert str(ROOT / "digits/main.py") in done.stdout


@pytest.mark.skipif(HAS_TORCH, reason="torch is installed")
def test_without_torch_asking_for_it_is_refused(program: Program) -> None:
    done = program.run("TRAIN.BACKEND", "torch")
    assert done.code == 1
    assert "torch is not installed" in done.err


@pytest.mark.skipif(not HAS_TORCH, reason="torch is missing")
def test_several_processes_train_one_model(program: Program) -> None:
    opts = ("TRAIN.BACKEND", "torch", "TRAIN.DEVICE", "cpu", "TRAIN.STEPS", 20)
    assert program.run(*opts, name="one").code == 0
    command = program.command(*opts, name="two")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [*launch, *command[1:]],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("finished: test accuracy") == 1
    one, two = program.metrics("one"), program.metrics("two")
    assert two["world_size"] == 2
    # The same steps over the same batches; only the order of additions differs.
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-3)


def test_numpy_refuses_to_pretend_to_share_work(program: Program) -> None:
    done = subprocess.run(
        program.command(),
        cwd=ROOT,
        env=environment() | {"WORLD_SIZE": "4", "RANK": "0", "LOCAL_RANK": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "WORLD_SIZE is 4" in done.stderr


def test_metrics_are_json_lines(program: Program) -> None:
    program.run("TRAIN.STEPS", 4, "TRAIN.LOG_EVERY", 2)
    for line in program.path("metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        assert list(record) == [
            "step", "loss", "train_accuracy", "test_accuracy", "lr", "seconds"
        ]  # fmt: skip
