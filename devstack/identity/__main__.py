"""Run the identity provider: `python -m devstack.identity --port 0`."""

import os
import sys

from devstack.identity.command import IdentityOptions, NotInstalledError, command
from devstack.serving import parser_for

_DESCRIPTION = """
Signs in the people of the local stack, in the shape of Microsoft Entra: authorization code with
PKCE, signed access tokens of version 2.0, an administrator and a reader to choose from.
Prints one JSON line when it listens: part, url, authority, issuer, tenant_id, client_id, users,
token. A POST to `token` gives a token without a browser: {"role": "admin" or "reader"
or null, "claims": {...}, "header": {...}}; a claim that is null is left out.
"""


def main() -> None:
    """Become the provider: from here on this process is Node's."""
    parser = parser_for("identity", _DESCRIPTION)
    usual = IdentityOptions()
    parser.add_argument("--tenant", default=usual.tenant, help="id of the tenant")
    parser.add_argument("--client", default=usual.client, help="id of the application and its page")
    try:
        program = command(IdentityOptions(**vars(parser.parse_args())))
    except NotInstalledError as error:
        sys.exit(str(error))

    os.execv(program[0], program)  # noqa: S606 - a fixed program, with options as its arguments


if __name__ == "__main__":
    main()
