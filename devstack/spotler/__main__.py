"""The command line of the Spotler simulator."""

import argparse
import urllib.parse

from devstack.serving import parser_for, run
from devstack.spotler.options import add_arguments, options_from
from devstack.spotler.server import DEMO, SpotlerSimulator
from devstack.spotler.signature import Credentials

_DESCRIPTION = """
A strict simulator of the Spotler Mail+ REST API. Prints one JSON line when it listens: part, url,
base and base_1_1_0 (the two bases of the API), consumer_key, consumer_secret, view, faults.

  GET    /_devstack/            the view: a page with the contacts that changed last
  GET    /_devstack/fields      a page on which fields are made visible and named
  PUT    /_devstack/faults      break answers: [{"path": "/", "kind": "status", "status": 500}],
                                kind is status, reset, reset_after, latency or garbage;
                                more: method, times, after, rate, retry_after, seconds, body,
                                content_type
  GET    /_devstack/contacts    what the account holds; POST adds, PATCH .../{id} edits
  PATCH  /_devstack/options     turn the switches below while it runs
  GET    /_devstack/calls       how often each operation was called, by status
  PUT    /_devstack/accounts/{key}   {"secret": "..."}: open another account, without contacts
  POST   /_devstack/reset       begin as a fresh account
The README beside the code names every control route.
"""


def main() -> None:
    """Serve a simulated Spotler account until told to stop."""
    parser = parser_for("spotler", _DESCRIPTION)
    parser.add_argument(
        "--public-url", type=_address, help="address that clients sign, if not where it listens"
    )
    parser.add_argument("--key", default=DEMO.key, help="consumer key")
    parser.add_argument("--secret", default=DEMO.secret, help="consumer secret")
    add_arguments(parser)
    arguments = parser.parse_args()

    run(
        SpotlerSimulator(
            host=arguments.host,
            port=arguments.port,
            public_url=arguments.public_url,
            credentials=Credentials(arguments.key, arguments.secret),
            options=options_from(arguments),
        )
    )


def _address(text: str) -> str:
    """Read an address at which a server can be."""
    try:
        parts = urllib.parse.urlsplit(text)
        _ = parts.port  # raises ValueError for a port that cannot be
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"'{text}' is no address: {exc}") from exc

    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"'{text}' must be like https://example.org")

    return text


if __name__ == "__main__":
    main()
