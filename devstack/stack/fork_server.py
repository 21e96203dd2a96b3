"""Parts as forks of a process that has imported what they need, where many are started.

A host that starts afresh spends most of its first second on imports. The server imports once. For
each part it forks a keeper, which forks the part, waits for its end and tells how it ended. When
whoever asked ends, so do the server, the keepers and the parts.

Only Linux ends a process with its parent; elsewhere every part is spawned.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Self

from devstack.stack.process import ROOT, Launched, PartFailedError, opened, spawn


class Forked:
    """A part that was forked; it shows itself as one that was spawned does."""

    def __init__(self, stdin: asyncio.StreamWriter | None, stdout: asyncio.StreamReader) -> None:
        """Take what leads to its input and from its output."""
        self.pid = 0
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._ending: asyncio.Task[None] | None = None

    async def is_born(self, keeper: asyncio.StreamReader) -> bool:
        """Read its id from what its keeper says, and be told of its end from then on."""
        if not (line := await keeper.readline()):
            return False

        self.pid = int(line)
        self._ending = asyncio.create_task(self._end(keeper))

        return True

    async def _end(self, keeper: asyncio.StreamReader) -> None:
        """Read how it ended; a keeper that cannot say so was killed."""
        self.returncode = int(await keeper.read() or -signal.SIGKILL)

    async def wait(self) -> int | None:
        """Wait for the end, and return the exit code or the negative number of a signal."""
        if self._ending is not None:
            await asyncio.shield(self._ending)

        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)


class ForkServer:
    """A process that forks parts; use it with `with`, and its `launch` for stacks."""

    def __init__(self, imports: Iterable[str]) -> None:
        """Take the names of the modules that it imports beforehand."""
        self._imports = [*imports]

    def __enter__(self) -> Self:
        """Start the server; what it is asked meanwhile waits for its imports."""
        self._asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        module = "devstack.stack.forked"
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, str(theirs.fileno()), *self._imports],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

        return self

    def __exit__(self, *_: object) -> None:
        """End the server, and with it what it has forked."""
        self._asking.close()
        self._process.wait()

    async def launch(
        self, command: list[str], log: Path, environment: Mapping[str, str] | None, *, listens: bool
    ) -> Launched:
        """Fork a part of the stack; any other program is spawned."""
        if command[:2] != [sys.executable, "-m"]:
            return await spawn(command, log, environment, listens=listens)

        request = {
            "module": command[2],
            "arguments": command[3:],
            "environment": dict(os.environ if environment is None else environment),
        }
        with contextlib.ExitStack() as on_failure:
            (heard, stdin), (stdout, told), (end, ended) = (_pipe(on_failure) for _ in range(3))
            with opened(log) as errors, heard, told, ended:
                files = [file.fileno() for file in (heard, told, errors, ended)]
                socket.send_fds(self._asking, [json.dumps(request).encode()], files)
            on_failure.pop_all()

        if not listens:
            stdin.close()
        ending, output = await _reader(end), await _reader(stdout)
        part = Forked(await _writer(stdin) if listens else None, output)
        if not await part.is_born(ending):
            raise PartFailedError(f"{command[2]} was not forked: its server has ended")

        return part


def _pipe(on_failure: contextlib.ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """Return both ends of a pipe, which are closed on failure."""
    read, write = os.pipe()

    return (
        on_failure.enter_context(os.fdopen(read, "rb", buffering=0)),
        on_failure.enter_context(os.fdopen(write, "wb", buffering=0)),
    )


async def _reader(pipe: BinaryIO) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)

    return reader


async def _writer(pipe: BinaryIO) -> asyncio.StreamWriter:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )

    return asyncio.StreamWriter(transport, protocol, reader, loop)
