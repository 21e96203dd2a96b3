"""Microsoft's worker library with one app in it.

The library is what Azure runs on Python 3.13: it indexes the app, converts what goes in and out,
and runs the functions. Its state is global, so a process has one app.
https://pypi.org/project/azure-functions-runtime/
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as library
from azure.functions.meta import Datum
from azure_functions_runtime.native_invocation import invocation_request_native

from devstack.functions_host.errors import HostError
from devstack.functions_host.functions import HostedFunction

SCRIPT = "function_app.py"


class _Record(SimpleNamespace):
    """Stand in for every message of the host's protocol, and for its constants."""

    Failure, Success = 0, 1
    out, inout, undefined = 1, 2, 0


class _Protocol:
    """Stand in for the generated protocol module, without protobuf."""

    def __getattr__(self, name: str) -> type[_Record]:
        return _Record


@dataclass(frozen=True, slots=True)
class Attempt:
    """Tell the worker which try of an invocation this is."""

    number: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say what came out of an invocation."""

    ok: bool
    returned: Datum | None = None
    outputs: Iterable[tuple[str, Datum]] = ()
    error: str = ""
    trace: str = ""


class Worker:
    """Run the functions of the one app that this process has loaded."""

    _root: Path | None = None

    async def load(self, root: Path) -> list[HostedFunction]:
        """Import the app and return its functions."""
        if Worker._root is None:
            await _import_app(root)
            Worker._root = root
        if Worker._root != root:
            raise HostError(f"this process already hosts {Worker._root}: start another one")

        response = await library.functions_metadata_request(None)

        return [
            HostedFunction.from_metadata(record)
            for record in response.function_metadata_results or ()
        ]

    async def invoke(
        self,
        invocation: str,
        function: HostedFunction,
        data: Datum,
        metadata: Mapping[str, Datum],
        attempt: Attempt,
    ) -> Outcome:
        """Run a function once; its exceptions become a failed outcome."""
        ok, returned, outputs, error, trace = await invocation_request_native(
            invocation,
            function.id,
            [(function.argument, data)],
            metadata,
            retry_count=attempt.number,
            max_retry_count=attempt.most,
        )

        return Outcome(ok, returned, outputs, error or "", trace or "")


async def _import_app(root: Path) -> None:
    if not (root / SCRIPT).is_file():
        raise HostError(f"there is no {SCRIPT} in {root}")

    sys.path.insert(0, str(root))
    library.start_threadpool_executor()
    response = await library.worker_init_request(_init_request(root))
    if response.result.status != _Record.Success:
        error = response.result.exception
        # A function that is declared wrongly says where; anything else may come from anywhere.
        trace = "" if error.message.startswith("FunctionLoadError") else f"\n{error.stack_trace}"
        raise HostError(f"{SCRIPT} cannot be loaded: {error.message}{trace.rstrip()}")


def _init_request(root: Path) -> Any:  # noqa: ANN401 - the library reads any object of this shape
    init = SimpleNamespace(capabilities={}, function_app_directory=str(root))

    return SimpleNamespace(
        request=SimpleNamespace(worker_init_request=init),
        properties={"host": "127.0.0.1", "protos": _Protocol()},
    )
