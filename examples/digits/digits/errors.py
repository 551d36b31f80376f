"""The failures a user can cause or meet. Anything else that is raised is a bug."""

from __future__ import annotations

from collections.abc import Sequence


class UsageError(Exception):
    """What was asked for makes no sense. All problems are told together; exit code 2."""

    exit_code = 2

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class TrainingError(Exception):
    """What was asked for makes sense and can't be done here; exit code 1."""

    exit_code = 1

    @property
    def problems(self) -> list[str]:
        return [str(self)]
