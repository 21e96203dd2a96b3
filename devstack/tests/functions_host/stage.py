"""Starts parts of the local stack as processes, as a person would."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

_APPS = Path(__file__).with_name("apps")
_PATIENCE_SECONDS = 60.0


class Part:
    """A running process, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.facts: dict[str, Any] = {}
        self._lines: list[str] = []
        self._heard = threading.Condition()
        self._ended = False
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        """Send a request to the part."""
        return httpx.request(
            method, f"{self.facts['url']}{path}", timeout=_PATIENCE_SECONDS, **options
        )

    def end(self) -> int:
        """Ask the part to end and return its exit code."""
        self.process.terminate()

        return self.process.wait(_PATIENCE_SECONDS)

    def until(self, text: str) -> str:
        """Wait until the part says something on stderr, and return the line."""
        with self._heard:
            self._heard.wait_for(lambda: self._ended or self._line(text), _PATIENCE_SECONDS)
            line = self._line(text)
        assert line, f"'{text}' was never said:\n{self.said()}"

        return line

    def said(self) -> str:
        """Return what the part has said on stderr so far."""
        return "".join(self._lines)

    def log(self) -> str:
        """Return everything that the part said on stderr, once it has ended."""
        self._listening.join(_PATIENCE_SECONDS)

        return self.said()

    def _line(self, text: str) -> str:
        return next((line for line in reversed(self._lines) if text in line), "")

    def _listen(self) -> None:
        for line in self.process.stderr or ():
            with self._heard:
                self._lines.append(line)
                self._heard.notify_all()
        with self._heard:
            self._ended = True
            self._heard.notify_all()


def make_app(folder: Path, app: str, host: Mapping[str, Any] | None = None) -> Path:
    """Make a function app's folder out of one of the suite's apps."""
    folder.mkdir()
    shutil.copy(_APPS / f"{app}.py", folder / "function_app.py")
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **(host or {})}))

    return folder


def make_settings(file: Path, **values: str) -> Path:
    """Write a local.settings.json."""
    file.write_text(json.dumps({"IsEncrypted": False, "Values": values}))

    return file


@contextmanager
def running(part: str, *arguments: object, **environment: str) -> Iterator[Part]:
    """Run a part until the block ends."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", f"devstack.{part}", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        told = Part(process)
        try:
            ready = process.stdout.readline() if process.stdout else ""
            assert ready, told.log()
            told.facts.update(json.loads(ready))
            yield told
        finally:
            process.kill()
            told.log()


def refused(root: Path, *arguments: object, **environment: str) -> str:
    """Start a host that must not start, and return what it says."""
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "devstack.functions_host", "--root", root, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        env=os.environ | environment,
        check=False,
    )

    assert ended.returncode == 1
    assert not ended.stdout

    return ended.stderr
