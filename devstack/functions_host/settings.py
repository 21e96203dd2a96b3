"""Application settings: the values of local.settings.json, overruled by the environment."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devstack.functions_host.errors import HostError

_NAME = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the app finds in its environment."""

    values: Mapping[str, str]

    @classmethod
    def read(cls, file: Path | None) -> Self:
        """Return the file's values below the environment's."""
        return cls({**(_values_of(file) if file else {}), **os.environ})

    def lend(self) -> list[str]:
        """Put the values where the app looks for them, and return the names to take back."""
        lent = [name for name in self.values if name not in os.environ]
        os.environ.update(self.values)

        return lent

    def take_back(self, lent: Iterable[str]) -> None:
        """Forget lent values, or they would overrule the settings of the next host."""
        for name in lent:
            os.environ.pop(name, None)

    def find(self, name: str) -> str | None:
        """Return a setting that is there and not empty."""
        return self.values.get(name) or None

    def expand(self, text: str) -> str:
        """Replace every %NAME% by the setting of that name."""
        return _NAME.sub(self._named, text)

    def is_disabled(self, function: str) -> bool:
        """Tell whether AzureWebJobs.<function>.Disabled switches a function off."""
        value = self.find(f"AzureWebJobs.{function}.Disabled") or ""

        return value.lower() in {"1", "true"}

    def _named(self, match: re.Match[str]) -> str:
        value = self.find(match[1])
        if value is None:
            raise HostError(f"'%{match[1]}%' does not resolve: there is no setting '{match[1]}'")

        return value


def _values_of(file: Path) -> dict[str, str]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise HostError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise HostError(f"{file} is not JSON: {error}") from error

    values = content.get("Values") if isinstance(content, dict) else None
    if not isinstance(values, dict):
        raise HostError(f"{file} must hold an object 'Values'")
    if nested := [name for name, value in values.items() if isinstance(value, (dict, list))]:
        raise HostError(f"{file}: 'Values' may not nest, but {nested[0]} does")

    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: object) -> str:
    # .NET writes its booleans as True and False.
    return str(value)
