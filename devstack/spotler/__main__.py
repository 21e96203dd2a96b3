"""The command line of the Spotler simulator."""

from devstack.serving import parser_for, run
from devstack.spotler.options import add_arguments, options_from
from devstack.spotler.server import DEMO, SpotlerSimulator
from devstack.spotler.signature import Credentials


def main() -> None:
    """Serve a simulated Spotler account until told to stop."""
    parser = parser_for("spotler", "A strict simulator of the Spotler Mail+ REST API.")
    parser.add_argument("--public-url", help="address that clients sign, if not where it listens")
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


if __name__ == "__main__":
    main()
