"""The fork server's own process: imports, then forks what it is asked for."""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from devstack.stack.process import end_with_parent

LARGEST_REQUEST = 128 * 1024
STANDARD_STREAMS = 3


def main(inherited: int, imports: Sequence[str]) -> None:
    """Import, and fork parts until nobody can ask any more; then run on as a part, or end."""
    for module in imports:
        importlib.import_module(module)
    # What is there now is in every fork; nobody need look through it for garbage.
    gc.freeze()
    signal.signal(signal.SIGCHLD, _bury)
    with socket.socket(fileno=inherited) as asked:
        request = _serve(asked)

    if request is not None:
        sys.argv = [request["module"], *request["arguments"]]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _bury(*_: object) -> None:
    """Wait for the keepers that have ended: what they and their parts took is ours then."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _serve(asked: socket.socket) -> dict[str, Any] | None:
    """Return in each fork what it is to be, and in the server nothing, in the end."""
    while True:
        text, files, _, _ = socket.recv_fds(asked, LARGEST_REQUEST, STANDARD_STREAMS + 1)
        if not text:
            return None

        server = os.getpid()
        if os.fork() == 0:
            end_with_parent(signal.SIGKILL)
            if os.getppid() != server:
                os._exit(1)
            return _fork(json.loads(text), files)

        for file in files:
            os.close(file)


def _fork(request: dict[str, Any], files: Sequence[int]) -> dict[str, Any]:
    """Return in the part what it is to be; the keeper stays here until the part has ended."""
    *streams, ended = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    keeper = os.getpid()
    if part := os.fork():
        for file in streams:
            os.close(file)
        _keep(part, ended)

    os.setsid()
    end_with_parent()
    if os.getppid() != keeper:
        os._exit(1)
    os.close(ended)
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])

    return request


def _keep(part: int, ended: int) -> NoReturn:
    os.write(ended, f"{part}\n".encode())
    _, status = os.waitpid(part, 0)
    os.write(ended, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
