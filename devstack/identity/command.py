"""How the provider is started: it is a Node program, for no Python package does what it must."""

import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "node_modules/oidc-provider/package.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityOptions:
    """Describe a provider; the defaults are those of the example settings."""

    host: str = "127.0.0.1"
    port: int = 0
    tenant: str = "5f2b9c1e-7d34-4a86-b0e5-9c41d7f8a263"
    client: str = "3c8e1b7d-94f2-4d60-a5c3-7e0b2f19d846"


class NotInstalledError(RuntimeError):
    """Says that Node, or what the provider is made of, is not there."""


def command(options: IdentityOptions | None = None) -> list[str]:
    """Return the command that starts the provider; raises `NotInstalledError`."""
    known = options or IdentityOptions()
    node = shutil.which("node")
    if node is None or not PACKAGE.exists():
        raise NotInstalledError("oidc-provider must be there: run `make setup` with Node 20")

    return [
        node,
        str(HERE / "server.mjs"),
        f"--host={known.host}",
        f"--port={known.port}",
        f"--tenant={known.tenant}",
        f"--client={known.client}",
    ]
