"""The operator's command line: `python -m connector.cli --help` says what there is."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from connector.commands import licence
from connector.commands.answer import Answer
from connector.domain.errors import ConnectorError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is good, 1 is not, 2 is a command that nobody understands."""
    asked = _parser().parse_args(arguments)
    try:
        answer: Answer = asked.run(asked, datetime.now(UTC))
    except ConnectorError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1

    sys.stderr.write(answer.remark)
    sys.stdout.write(answer.text)

    return 0 if answer.is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m connector.cli", description="Operates the connector."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    licence.add_to(commands)

    return parser


if __name__ == "__main__":
    sys.exit(main())
