"""Counts through OpenTelemetry, which does nothing until a host sets it up."""

from opentelemetry.metrics import Counter, get_meter


class OpenTelemetryCounter:
    """Is the `Counter` port; instruments are made at first use."""

    def __init__(self) -> None:
        """Begin without instruments."""
        self._meter = get_meter("connector")
        self._instruments: dict[str, Counter] = {}

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        """Count."""
        if name not in self._instruments:
            self._instruments[name] = self._meter.create_counter(name)

        self._instruments[name].add(amount, labels)
