"""The command lines of all parts: one line about a mistake, and defaults that can be read."""

import argparse
from typing import NoReturn

_HIGHEST_PORT = 65_535


class Parser(argparse.ArgumentParser):
    """Tells of a mistake in one line; who wants to know all options asks for `--help`."""

    def error(self, message: str) -> NoReturn:
        """End with the reason."""
        self.exit(2, f"{self.prog}: {message}\n")


class Formatter(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """Shows the description as it is written, and the defaults that say something."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if isinstance(action.default, str | int | float) and action.default != "":
            return super()._get_help_string(action)

        return action.help


def port_number(text: str) -> int:
    """Read the number of a port."""
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text[:9]) <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port; it must be 0 to {_HIGHEST_PORT}")

    return int(text)
