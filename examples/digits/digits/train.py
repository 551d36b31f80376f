"""The training run: prepare the folder, resume or begin, step, log, save, finish."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from digits import __version__, checkpoint
from digits.backends import Backend, choose_backend, make_backend
from digits.batches import Batches
from digits.checkpoint import Checkpoint
from digits.config import Config, flatten, redacted_yaml
from digits.data import Dataset, load_dataset
from digits.distributed import Alone, process_group
from digits.errors import TrainingError, UsageError
from digits.files import write_atomically
from digits.log import mute, say
from digits.metrics import MetricsLog, Record
from digits.output import OutputFolder
from digits.plot import draw_learning_curve
from digits.ranks import Ranks, ranks_from
from digits.schedule import learning_rate
from digits.stop import StopRequest

# What decides the result, to the last bit, on a given machine. A run that is resumed must agree
# with its checkpoint on all of these; the rest (paths, how often to log) may change.
_RESULT_SECTIONS = ("DATA.", "MODEL.", "TRAIN.")
_NO_MATTER = (
    "TRAIN.BACKEND",  # recorded as what it was resolved to
    "TRAIN.DEVICE",
    "TRAIN.LOG_EVERY",
    "TRAIN.CHECKPOINT_EVERY",
    "TRAIN.AUTO_RESUME",
    "TRAIN.STEP_SECONDS",
    "MODEL.TRANSFORMER.ATTENTION",
)


def train(config: Config, stop: StopRequest) -> int:
    """Train as configured; returns the exit code. Raises UsageError and TrainingError."""
    ranks = ranks_from()
    if not ranks.first:
        mute()
    backend_name, why = choose_backend(config.TRAIN.BACKEND)
    say(f"backend: {backend_name} ({why})")
    if backend_name == "numpy" and ranks.distributed:
        raise UsageError(
            f"the numpy backend trains in one process, but WORLD_SIZE is {ranks.world_size}"
        )
    output = OutputFolder(Path(config.ENV.OUTPUT.BASE_DIR) / config.EXPERIMENT.NAME)
    settings = _result_settings(config, backend_name)
    with process_group(ranks, device=config.TRAIN.DEVICE) as processes:
        if ranks.first:
            output.claim()
            if not config.TRAIN.AUTO_RESUME and output.clear():
                say(f"resume: off (TRAIN.AUTO_RESUME); removed the earlier run in {output.path}")
        # The others look into the folder only when the first has tidied it.
        processes.wait()
        if (finished := output.finished()) is not None:
            _refuse_other_settings(finished.get("settings"), settings, output)
            say(
                f"already finished: test accuracy {finished['test_accuracy']:.2%} after "
                f"{finished['steps']} steps; nothing to do in {output.path}"
            )
            return 0
        return _Run(config, settings, output, ranks, processes, stop, backend_name).train()


class _Run:
    """One run that has work to do."""

    def __init__(
        self,
        config: Config,
        settings: dict[str, Any],
        output: OutputFolder,
        ranks: Ranks,
        processes: Alone,
        stop: StopRequest,
        backend_name: str,
    ) -> None:
        self._config = config
        self._settings = settings
        self._output = output
        self._ranks = ranks
        self._processes = processes
        self._stop = stop
        self._check_checkpoint_kind(backend_name)
        self._data: Dataset = load_dataset(
            Path(config.ENV.INPUT.CACHE_DIR),
            split_seed=config.DATA.SPLIT_SEED,
            test_fraction=config.DATA.TEST_FRACTION,
        )
        self._backend: Backend = make_backend(backend_name, config, ranks)
        self._batches = Batches(
            self._data.train,
            size=config.TRAIN.BATCH_SIZE,
            max_shift=config.TRAIN.MAX_SHIFT,
            seed=config.TRAIN.SEED,
        )
        self._step = 0
        self._saved_step: int | None = None
        self._seconds_before = 0.0
        self._resumed_from: int | None = None
        self._log = MetricsLog(output.metrics_log if ranks.first else None)

    def train(self) -> int:
        self._resume()
        if self._ranks.first:
            write_atomically(self._output.config, redacted_yaml(self._config))
        settings = self._config.TRAIN
        self._started = time.monotonic()
        if self._step == 0 and not self._log.records:
            self._log_step()
        while self._step < settings.STEPS:
            # Asked together: stopping at different steps, the ranks would wait for each other.
            if self._processes.any(self._stop.requested):
                return self._stopped()
            images, labels = self._batches.next()
            self._backend.train_step(images, labels, self._rate(self._step))
            self._step += 1
            if self._step % settings.LOG_EVERY == 0 or self._step == settings.STEPS:
                self._log_step()
            if self._step % settings.CHECKPOINT_EVERY == 0 or self._step == settings.STEPS:
                self._save()
            self._stop.sleep(settings.STEP_SECONDS)
        return self._finished()

    def _rate(self, step: int) -> float:
        settings = self._config.TRAIN
        return learning_rate(
            step, steps=settings.STEPS, warmup_steps=settings.WARMUP_STEPS, peak=settings.LR
        )

    def _seconds(self) -> float:
        return round(self._seconds_before + time.monotonic() - self._started, 3)

    def _log_step(self) -> None:
        if not self._ranks.first:
            return
        loss, train_accuracy = self._backend.evaluate(self._data.train)
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} at step {self._step}: training has diverged; "
                f"try a TRAIN.LR below {self._config.TRAIN.LR}"
            )
        _, test_accuracy = self._backend.evaluate(self._data.test)
        rate = self._rate(max(0, self._step - 1))  # of the step that led here
        record = Record(self._step, loss, train_accuracy, test_accuracy, rate, self._seconds())
        self._log.append(record)
        steps = self._config.TRAIN.STEPS
        say(
            f"step {self._step:>{len(str(steps))}}/{steps}  loss {loss:.4f}  "
            f"train {train_accuracy:7.2%}  test {test_accuracy:7.2%}  "
            f"lr {rate:.2e}  {record.seconds:.1f} s"
        )

    def _save(self) -> None:
        if not self._ranks.first or self._saved_step == self._step:
            return
        facts, order = self._batches.state()
        saved = Checkpoint(
            step=self._step,
            seconds=self._seconds(),
            logged=len(self._log.records),
            version=__version__,
            settings=self._settings,
            order_facts=facts,
            order=order,
            state=self._backend.state(),
        )
        checkpoint.save(self._output.path, saved, self._backend.format)
        self._saved_step = self._step

    def _resume(self) -> None:
        saved = checkpoint.load(self._output.path, self._backend.format, tidy=self._ranks.first)
        if saved is None:
            say(f"resume: nothing to resume in {self._output.path}; starting at step 0")
            if self._ranks.first:
                # A run killed before its first checkpoint leaves lines that will come again.
                self._output.metrics_log.unlink(missing_ok=True)
            return
        _refuse_other_settings(saved.settings, self._settings, self._output)
        self._batches.restore(saved.order_facts, saved.order)
        self._backend.restore(saved.state)
        self._step = self._saved_step = self._resumed_from = saved.step
        self._seconds_before = saved.seconds
        if self._ranks.first:
            self._log = MetricsLog.reopen(self._output.metrics_log, saved.step)
            if len(self._log.records) != saved.logged:
                say(
                    f"resume: {self._output.metrics_log} has {len(self._log.records)} of the "
                    f"{saved.logged} lines up to step {saved.step}; the others are lost"
                )
        other = f", saved by version {saved.version}" if saved.version != __version__ else ""
        say(f"resume: continuing {self._output.path} from step {saved.step}{other}")

    def _check_checkpoint_kind(self, backend_name: str) -> None:
        found = self._output.checkpoint_suffix()
        made_by = {".npz": "numpy", ".pt": "torch"}
        if found is not None and made_by[found] != backend_name:
            raise UsageError(
                f"{self._output.path} holds a checkpoint of the {made_by[found]} backend, this run "
                f"uses {backend_name}; set TRAIN.BACKEND, or name another EXPERIMENT.NAME"
            )

    def _stopped(self) -> int:
        # When another rank was the one signalled, this one stops as by the gentler signal.
        code = self._stop.exit_code or 143
        self._save()
        self._draw()
        where = checkpoint.current_path(self._output.path, self._backend.format.suffix)
        say(
            f"stopped by {self._stop.name or 'another rank'} after step {self._step} of "
            f"{self._config.TRAIN.STEPS}; the same command resumes from {where}"
        )
        return code

    def _finished(self) -> int:
        self._processes.wait()
        if not self._ranks.first:
            return 0
        seconds = self._seconds()  # before drawing, which takes longer than many steps
        self._draw()
        last = self._log.records[-1]
        self._output.write_metrics(
            {
                "test_accuracy": last.test_accuracy,
                "train_accuracy": last.train_accuracy,
                "loss": last.loss,
                "steps": self._step,
                "backend": self._backend.name,
                "device": self._backend.device,
                "attention": self._backend.attention,
                "world_size": self._ranks.world_size,
                "seconds": seconds,
                "version": __version__,
                "resumed_from": self._resumed_from,
                "settings": self._settings,
            }
        )
        say(
            f"finished: test accuracy {last.test_accuracy:.2%} after {self._step} steps in "
            f"{seconds:.1f} s; results in {self._output.path}"
        )
        return 0

    def _draw(self) -> None:
        if not self._ranks.first or not self._log.records:
            return
        backend = self._backend
        last = self._log.records[-1]
        parts = [f"digits {__version__}", backend.name, backend.device, backend.attention]
        draw_learning_curve(
            self._output.learning_curve,
            self._log.records,
            title=f"{self._config.EXPERIMENT.NAME}: {last.test_accuracy:.1%} test accuracy "
            f"at step {last.step}",
            subtitle=", ".join(part for part in parts if part),
            cache_dir=Path(self._config.ENV.INPUT.CACHE_DIR),
        )


def _result_settings(config: Config, backend_name: str) -> dict[str, Any]:
    """The settings that decide the result, without those of the model that isn't trained."""
    unused = "MODEL.MLP." if backend_name == "torch" else "MODEL.TRANSFORMER."
    settings = {
        key: value
        for key, value in flatten(config).items()
        if key.startswith(_RESULT_SECTIONS) and not key.startswith(unused)
    }
    for key in _NO_MATTER:
        settings.pop(key, None)
    return settings | {"TRAIN.BACKEND": backend_name}


def _refuse_other_settings(
    saved: dict[str, Any] | None, wanted: dict[str, Any], output: OutputFolder
) -> None:
    """Resuming with other settings would give a result that no settings describe."""
    saved = saved or {}
    different = [
        f"{key} {saved.get(key, 'unset')} (now {wanted.get(key, 'unset')})"
        for key in sorted(saved.keys() | wanted.keys())
        if saved.get(key) != wanted.get(key)
    ]
    if different:
        raise UsageError(
            f"{output.path} holds a run with other settings: {', '.join(different)}; name another "
            "EXPERIMENT.NAME, or start over with --opts TRAIN.AUTO_RESUME false"
        )
