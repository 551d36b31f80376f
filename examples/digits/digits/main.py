"""The command line: `python digits/main.py --cfg configs/quick.yaml --opts KEY VALUE ...`.

Exit codes: 0 finished (or already finished), 1 it can't be done here, 2 it can't be meant so,
128 + n stopped by signal n with everything saved, and whatever DEBUG.EXIT_CODE says.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    # Run as a script: Python put this file's own folder on the path, where modules are parts of
    # the package under short names ("data", "log"). The folder above it is the one that is meant,
    # so that this checkout is what runs, installed or not.
    _HERE = str(Path(__file__).resolve().parent)
    sys.path[:] = [entry for entry in sys.path if entry != _HERE]
    sys.path.insert(0, str(Path(_HERE).parent))

# On matrices this small, threads cost more than they bring, and the number of threads would decide
# the last bits of the result. It is read once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from digits import __version__
from digits.config import Config, flatten, is_secret, load_config, redacted_yaml
from digits.errors import TrainingError, UsageError
from digits.log import say
from digits.stop import StopRequest


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    # First of all: as a container's first process, nobody else ends this one on a signal.
    stop = StopRequest().install()
    arguments = _parse(argv)
    try:
        config = load_config(arguments.cfg, arguments.opts)
        if os.environ.get("RANK", "0") == "0":
            _introduce(config)
        if config.DEBUG.EXIT_CODE:
            say(f"exiting with {config.DEBUG.EXIT_CODE} before training (DEBUG.EXIT_CODE)")
            return config.DEBUG.EXIT_CODE
        # Here rather than at the top: it imports numpy, and wrong options should fail at once.
        from digits.train import train

        return train(config, stop)
    except (UsageError, TrainingError) as error:
        for problem in error.problems:
            print(f"digits: error: {problem}", file=sys.stderr, flush=True)
        return error.exit_code
    except OSError as error:
        # A full disk, a mount that went away. What was saved before is whole.
        print(f"digits: error: {error}", file=sys.stderr, flush=True)
        return TrainingError.exit_code


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    settings = "\n".join(f"  {key} {value!r}" for key, value in flatten(Config()).items())
    parser = argparse.ArgumentParser(
        prog="digits",
        description="Train a small model on handwritten digits.",
        epilog=f"settings and their defaults:\n{settings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--cfg", type=Path, metavar="FILE", help="a YAML file of settings")
    parser.add_argument(
        "--opts",
        nargs="*",
        action="extend",
        default=[],
        metavar="KEY VALUE",
        help="settings over those of the file: TRAIN.STEPS 100 EXPERIMENT.NAME first",
    )
    parser.add_argument("--version", action="version", version=f"digits {__version__}")
    return parser.parse_args(argv)


def _introduce(config: Config) -> None:
    """Say what runs, with which settings, and which of them do nothing."""
    say(f"digits {__version__}, Python {sys.version.split()[0]}, {Path(__file__).resolve()}")
    say("settings:")
    for line in redacted_yaml(config).splitlines():
        say(f"  {line}")
    for key, value in flatten(config).items():
        if value and is_secret(key):
            say(
                f"warning: {key} is set; a secret on a command line or in a file can be read by "
                "others. Pass it in an environment variable"
            )
        elif value and ".BUCKET." in key:
            say(f"note: {key} is recorded only, digits transfers nothing")


if __name__ == "__main__":
    sys.exit(main())
