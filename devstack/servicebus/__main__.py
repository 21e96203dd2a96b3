"""Run the Service Bus emulator from the command line."""

import argparse
import sys
from pathlib import Path

from devstack import serving
from devstack.arguments import port_number
from devstack.servicebus.config import ConfigError, read_config
from devstack.servicebus.emulator import CONFIG, ServiceBusEmulator


def main() -> None:
    """Read the options and serve until told to stop."""
    options = _options()
    try:
        if options.journal < 0:
            raise ConfigError("--journal must be 0 or more")  # noqa: TRY301 - told like the others

        config = read_config(options.config).with_lock_of(options.lock_seconds)
    except (ConfigError, OSError) as exc:
        sys.exit(f"devstack.servicebus: {exc}")

    serving.run(
        ServiceBusEmulator(
            config,
            options.host,
            options.port,
            http_port=options.http_port,
            journal=options.journal,
        )
    )


_DESCRIPTION = """
Emulate the queues of an Azure Service Bus, for the real SDK.
Prints one JSON line when it listens: part, connection_string, queues, view.
The view, over HTTP: GET /queues, /queues/{name}, /queues/{name}/messages, /queues/{name}/journal;
/queues/{name}?incoming=250&timeout=10 and /idle?timeout=10&horizon=60, which wait;
DELETE /messages; GET, POST and DELETE /faults.
A POST to /faults takes {"refuse_sends": {"times": 2, "seconds": 5, "queue": "changes"}},
{"refuse_connections": {"times": 2, "seconds": 5}}, {"latency": 0.01}, {"drop_connections": true}.
"""


def _options() -> argparse.Namespace:
    parser = serving.parser_for("servicebus", _DESCRIPTION)
    add = parser.add_argument
    add("--config", type=Path, default=CONFIG, help="a Config.json of Microsoft's emulator")
    add("--http-port", type=port_number, default=0, help="port of the view; 0 picks a free one")
    add("--journal", type=int, default=2000, help="how many accepted messages each queue remembers")
    add(
        "--lock-seconds",
        type=float,
        default=None,
        help="lock duration of every queue instead of the configured one; at most 300",
    )

    return parser.parse_args()


if __name__ == "__main__":
    main()
