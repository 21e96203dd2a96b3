"""One part of the stack as a process: started, waited for, ended or killed, by its id."""

import asyncio
import contextlib
import ctypes
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Protocol, Self

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60
STOP_SECONDS = 15

_SET_PARENT_DEATH_SIGNAL = 1


class PartFailedError(RuntimeError):
    """Says that a part did not start or did not last, and where to read why."""


class Launched(Protocol):
    """A process that was started, of which `asyncio.subprocess.Process` is one kind."""

    @property
    def pid(self) -> int:
        """Return the process id."""

    @property
    def stdin(self) -> asyncio.StreamWriter | None:
        """Return what leads to its input."""

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """Return what it prints."""

    @property
    def returncode(self) -> int | None:
        """Return how it ended, if it has."""

    async def wait(self) -> int | None:
        """Wait for the end, and return how it was."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it at once."""


class Launch(Protocol):
    """What starts a process of a command, with its errors in a log."""

    async def __call__(
        self, command: list[str], log: Path, environment: Mapping[str, str] | None, *, listens: bool
    ) -> Launched:
        """Start it in a session of its own; it ends when we do."""


async def spawn(
    command: list[str], log: Path, environment: Mapping[str, str] | None, *, listens: bool
) -> Launched:
    """Start any program afresh."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    with opened(log) as errors:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=pipe if listens else nothing,
            stdout=pipe,
            stderr=errors,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )


class PartProcess:
    """Is a running part; what it prints after its ready line goes to its log."""

    def __init__(self, name: str, process: Launched, log: Path) -> None:
        """Take a started process whose standard output is a pipe."""
        self.name = name
        self.log = log
        self.facts: Mapping[str, Any] = {}
        self._process = process
        self._drain: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, name: str, *arguments: str, logs: Path, by: Launch = spawn) -> Self:
        """Start a part of the stack by its module name and wait until it is ready."""
        part = await cls.launch(name, module_command(name, *arguments), logs=logs, by=by)
        try:
            await part.wait_until_ready()
        except BaseException:
            await part.kill()
            raise

        return part

    @classmethod
    async def launch(
        cls,
        name: str,
        command: list[str],
        *,
        logs: Path,
        environment: Mapping[str, str] | None = None,
        listens: bool = False,
        by: Launch = spawn,
    ) -> Self:
        """Start any program in a session of its own, so that Ctrl-C reaches only us.

        It gets our environment unless told another; who listens is told more on its input.
        """
        log = logs / f"{name}.log"
        launching = asyncio.create_task(by(command, log, environment, listens=listens))
        try:
            return cls(name, await asyncio.shield(launching), log)
        except asyncio.CancelledError:
            # What is born in this moment is born all the same, and would be nobody's.
            await cls(name, await launching, log).kill()
            raise

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether the process has not ended."""
        return self._process.returncode is None

    async def run_on(self) -> NoReturn:
        """Wait for the end that must not come; raises `PartFailedError` when it does."""
        code = await self._process.wait()

        raise PartFailedError(
            f"{self.name} has ended by itself, with status {code}; see {self.log}"
        )

    async def stop(self) -> int:
        """Ask the part to end, and kill it when it does not; return its exit code."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                await self.kill()

        return await self._end()

    async def kill(self) -> None:
        """End the part at once, as a crash would."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

        await self._end()

    async def _end(self) -> int:
        code = await self._process.wait() or 0
        # Its output is read to the end, or the pipe outlives the event loop.
        await self._draining()

        return code

    async def tell(self, text: str) -> None:
        """Give a part that listens all that it will hear."""
        assert self._process.stdin is not None  # noqa: S101 - it was made with a pipe
        self._process.stdin.write(text.encode())
        with contextlib.suppress(ConnectionError):  # it has ended: its ready line says why
            await self._process.stdin.drain()
        self._process.stdin.close()

    async def wait_until_ready(self) -> None:
        """Read the ready line; raises `PartFailedError` when there is none."""
        assert self._process.stdout is not None  # noqa: S101 - it was made with a pipe
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), READY_SECONDS)
            self.facts = json.loads(line)
        except (TimeoutError, json.JSONDecodeError) as exc:
            raise PartFailedError(
                f"{self.name} did not start; the end of {self.log}:\n{self._last_words()}"
            ) from exc

        self.keep_log()

    def keep_log(self) -> None:
        """Write what the part prints to its log from now on; unread, it would fill the pipe."""
        self._draining()

    def _draining(self) -> asyncio.Task[None]:
        self._drain = self._drain or asyncio.create_task(self._drain_output())

        return self._drain

    async def _drain_output(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was made with a pipe
        with opened(self.log) as log:
            async for line in self._process.stdout:
                log.write(line)
                log.flush()

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def module_command(name: str, *arguments: str) -> list[str]:
    """Return the command that starts a part of the stack by its module name."""
    return [sys.executable, "-m", f"devstack.{name}", *arguments]


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Have Linux end the part when we are killed, so that nothing is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, number)


def opened(log: Path) -> BinaryIO:
    """Open a log, to add to it."""
    log.parent.mkdir(parents=True, exist_ok=True)

    return log.open("ab")
