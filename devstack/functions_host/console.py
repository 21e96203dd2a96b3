"""What a person reads on the terminal: plain lines on stderr."""

import logging


def show_logs(*, verbose: bool) -> None:
    """Show the host's lines and those of the functions."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        level=logging.DEBUG if verbose else logging.INFO,
    )
    # At debug level the SDKs tell of every frame.
    logging.getLogger("azure").setLevel(logging.INFO if verbose else logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    if not verbose:
        # The worker library prints a traceback where the host says the same in one line.
        logging.getLogger("azure.functions").setLevel(logging.CRITICAL)
