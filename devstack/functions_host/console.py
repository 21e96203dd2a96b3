"""What a person reads on the terminal: plain lines on stderr."""

import logging


def show_logs(*, verbose: bool) -> None:
    """Show the host's lines and those of the functions."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        level=logging.DEBUG if verbose else logging.INFO,
    )
    if verbose:
        return

    # The SDKs tell of every frame and request.
    logging.getLogger("azure").setLevel(logging.WARNING)
    # The worker library prints a traceback where the host says the same in one line.
    logging.getLogger("azure.functions").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
