"""Microsoft's Azurite, its table service alone, in memory."""

import asyncio
import shutil
import socket
from pathlib import Path

from devstack.stack.process import ROOT, PartFailedError, PartProcess

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account and key that Microsoft publishes for Azurite; they open nothing else."""

TRIES = 5
READY_SECONDS = 20


async def start_azurite(
    logs: Path, *, access_log: bool = False, port: int = 0
) -> tuple[PartProcess, str]:
    """Start Azurite, on a free port unless told which, and return it with its connection string.

    With an access log its own log gets a line for each request, for whoever counts them.

    Azurite does not tell which port it took when it may choose, so we choose one and try another
    when somebody was faster.
    """
    for _ in range(TRIES):
        chosen = port or _free_port()
        quiet = () if access_log else ("--silent",)
        part = await PartProcess.launch("azurite", [*_command(chosen), *quiet], logs=logs)
        part.keep_log()
        try:
            if await _listens(part, chosen):
                return part, _connection_string(chosen)
        except BaseException:
            await part.kill()
            raise

        await part.kill()

    raise PartFailedError(f"azurite did not start; see {logs / 'azurite.log'}")


def _command(port: int) -> list[str]:
    program = ROOT / "node_modules/azurite/dist/src/table/main.js"
    node = shutil.which("node")
    if node is None or not program.exists():
        raise PartFailedError("azurite must be there: run `make setup` with Node 20 or later")

    return [
        node,
        str(program),
        *("--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"),
        *("--tableHost", "127.0.0.1", "--tablePort", str(port)),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listens(part: PartProcess, port: int) -> bool:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while part.is_running and asyncio.get_running_loop().time() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue

        writer.close()
        return True

    return False


def port_of(connection_string: str) -> int:
    """Return the port to which a connection string of ours leads."""
    return int(connection_string.rsplit(":", 1)[1].split("/", maxsplit=1)[0])


def _connection_string(port: int) -> str:
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    )
