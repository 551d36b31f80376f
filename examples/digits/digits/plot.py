"""The learning curve as a picture."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from digits.files import atomic_writer
from digits.metrics import Record

_BLUE, _ORANGE, _INK, _GREY = "#2563a8", "#d9730d", "#22272e", "#8b949e"


def draw_learning_curve(
    path: Path, records: Sequence[Record], *, title: str, subtitle: str, cache_dir: Path
) -> None:
    """Two panels over the same steps: the training loss, and both accuracies."""
    _give_matplotlib_a_folder(cache_dir)
    # Here rather than at the top: it takes longer to import than the first steps to train.
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.axes import Axes
    from matplotlib.ticker import PercentFormatter

    def finish(axes: Axes, heading: str) -> None:
        axes.set_title(heading, loc="left", fontsize=11, color=_INK)
        axes.set_xlabel("optimizer step", color=_INK)
        axes.grid(color="#e6e8eb", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_GREY)
        axes.tick_params(colors=_INK)
        axes.margins(x=0.02)

    steps = [record.step for record in records]
    # With few points each is worth seeing; with many, the line is.
    marker = "o" if len(records) <= 25 else ""
    style = {"linewidth": 1.8, "marker": marker, "markersize": 3.5}
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=14, fontweight="bold", color=_INK)

    left.plot(steps, [record.loss for record in records], color=_BLUE, **style)
    left.set_yscale("log")
    left.set_ylabel("cross-entropy, log scale", color=_INK)
    finish(left, "Training loss")

    train = [record.train_accuracy for record in records]
    test = [record.test_accuracy for record in records]
    right.plot(steps, train, color=_BLUE, label="training", **style)
    right.plot(steps, test, color=_ORANGE, label="test", **style)
    right.set_ylim(0, 1.03)
    right.yaxis.set_major_formatter(PercentFormatter(1.0))
    right.legend(loc="lower right", frameon=False)
    finish(right, "Accuracy")
    figure.supxlabel(subtitle, x=0.01, ha="left", fontsize=9, color=_GREY)

    with atomic_writer(path) as stream:
        figure.savefig(stream, format="png", dpi=130)
    pyplot.close(figure)


def _give_matplotlib_a_folder(cache_dir: Path) -> None:
    """Matplotlib wants a folder for its list of fonts, by default in a home that may not exist.

    In the cache folder the list outlives the container, and the next run starts a second sooner.
    """
    if "MPLCONFIGDIR" in os.environ:
        return
    folder = cache_dir / "matplotlib"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        folder = Path(tempfile.mkdtemp(prefix="digits-matplotlib-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["MPLCONFIGDIR"] = str(folder)
