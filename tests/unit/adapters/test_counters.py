import pytest

from connector.adapters import counters
from connector.adapters.counters import OpenTelemetryCounter


class Instrument:
    """Is a counter of a meter that somebody listens to."""

    def __init__(self) -> None:
        self.added: list[tuple[int, dict[str, str]]] = []

    def add(self, amount: int, labels: dict[str, str]) -> None:
        self.added.append((amount, labels))


class Meter:
    """Is a meter that remembers its instruments."""

    def __init__(self) -> None:
        self.made: dict[str, Instrument] = {}

    def create_counter(self, name: str) -> Instrument:
        assert name not in self.made, "an instrument is made once"

        return self.made.setdefault(name, Instrument())


def test_counts_reach_the_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is counted is added to one instrument per name, with its labels.
    """
    meter = Meter()
    monkeypatch.setattr(counters, "get_meter", lambda _: meter)
    counter = OpenTelemetryCounter()

    counter.add("connector.sync.records", 3, outcome="sent")
    counter.add("connector.sync.records", outcome="failed")
    counter.add("connector.webhook.received")

    assert meter.made["connector.sync.records"].added == [
        (3, {"outcome": "sent"}),
        (1, {"outcome": "failed"}),
    ]
    assert meter.made["connector.webhook.received"].added == [(1, {})]
