"""What the store says happened: the one thing that the two halves of the simulator share.

A write of the Web API becomes one or more operations; whoever listens decides what to tell the
outside world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from devstack.dataverse.values import Values

Message = Literal["Create", "Update", "Delete", "QualifyLead", "Restore", "Merge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Describe one execution of a message on one row, after it was committed."""

    message: Message
    table: str
    row_id: str
    user_id: str
    correlation_id: str
    request_id: str
    occurred_at: datetime
    target: Values = field(default_factory=dict)
    """The columns in the request, plus those that the platform added to it."""
    requested: frozenset[str] | None = None
    """The names of the columns in the request alone; None takes every column of the target."""
    before: Values | None = None
    after: Values | None = None
    parent: "Operation | None" = None
    """The operation of which this one is a part, such as the qualification of a lead."""
    shared_variables: Values = field(default_factory=dict)
    parameters: Values = field(default_factory=dict)
    """The input of a message that has no target."""
    content: Values | None = None
    """The columns that a merge writes to its target, which it has as a parameter."""
    outputs: Mapping[str, object] = field(default_factory=dict)
    """What the message returned, such as the rows that a qualification created."""


class OperationListener(Protocol):
    """Hear of writes; called after the commit and before the answer, so it must not block."""

    def on_operations(self, operations: Sequence[Operation]) -> None:
        """Take note of operations that were committed together, in their order."""
