"""What is told of the queues: numbers."""

from collections.abc import Iterable
from typing import Self

from connector.adapters.manage_api.shape import Shape
from connector.domain.queue_load import Number, QueueLoad


class NumberView(Shape):
    """How many were counted; `at_least` tells that there may be more."""

    count: int
    at_least: bool

    @classmethod
    def of(cls, number: Number) -> Self:
        """Return how a number is shown."""
        return cls(count=number.count, at_least=number.at_least)


class QueueView(Shape):
    """What lies on a queue: due now or in work, due later, and given up."""

    queue: str
    waiting: NumberView
    scheduled: NumberView
    dead: NumberView


class QueueList(Shape):
    """What lies on every queue."""

    queues: list[QueueView]

    @classmethod
    def of(cls, loads: Iterable[QueueLoad]) -> Self:
        """Return how the queues are shown."""
        return cls(
            queues=[
                QueueView(
                    queue=load.queue,
                    waiting=NumberView.of(load.waiting),
                    scheduled=NumberView.of(load.scheduled),
                    dead=NumberView.of(load.dead),
                )
                for load in loads
            ]
        )
