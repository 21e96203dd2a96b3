"""What a person reads on the terminal: plain lines on stderr, with the ids that come along."""

import logging
from collections.abc import Iterator

_USUAL = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}
"""What every record has; anything else was given as `extra`."""


class FormatterWithIds(logging.Formatter):
    """Lines that end with what was given as `extra`: by whom, about which record, in which job."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        """Return the line without a traceback."""
        given = " ".join(f"{name}={value}" for name, value in _extras_of(record))
        line = super().formatMessage(record)

        return f"{line} [{given}]" if given else line


def show_logs(*, verbose: bool) -> None:
    """Show the host's lines and those of the functions."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        FormatterWithIds("%(asctime)s %(levelname)-7s %(name)s: %(message)s"),
    )
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose else logging.INFO)
    # At debug level the SDKs tell of every frame.
    logging.getLogger("azure").setLevel(logging.INFO if verbose else logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    if not verbose:
        # The worker library prints a traceback where the host says the same in one line.
        logging.getLogger("azure.functions").setLevel(logging.CRITICAL)


def _extras_of(record: logging.LogRecord) -> Iterator[tuple[str, str | int]]:
    for name, value in vars(record).items():
        if name not in _USUAL and isinstance(value, str | int):
            yield name, value
