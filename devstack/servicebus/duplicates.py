"""Duplicate detection: the message ids that a queue has seen lately."""


class Duplicates:
    """A history of message ids, each remembered for one window from its first sight.

    https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection
    """

    def __init__(self, window: float) -> None:
        """Take the length of the window in seconds."""
        self._window = window
        self._seen: dict[object, float] = {}

    def repeats(self, message_id: object, now: float) -> bool:
        """Tell whether an id was seen within the window, and remember it if not."""
        self._forget(now - self._window)
        if message_id in self._seen:
            return True

        self._seen[message_id] = now

        return False

    def clear(self) -> None:
        """Forget every id."""
        self._seen.clear()

    def _forget(self, before: float) -> None:
        # Ids stand in the order in which they came, so only the oldest are looked at.
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] > before:
                return

            del self._seen[oldest]
