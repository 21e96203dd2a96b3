"""What is said to somebody whose change of the mappings cannot be taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.errors import ConnectorError


class FaultCode(StrEnum):
    """Tells what is wrong with a mapping; stable codes that the page puts into words."""

    UNKNOWN_COLUMN = "unknown_column"
    WRONG_TYPE = "wrong_type"
    DOUBLE = "double"
    REQUIRED = "required"
    NOT_VISIBLE = "not_visible"
    NOT_PROFILE = "not_profile"
    UNKNOWN_TARGET = "unknown_target"
    INVALID_TEXT = "invalid_text"


class FaultyField(StrEnum):
    """Tells which part of a mapping is wrong."""

    TARGET = "target"
    CONTACT_COLUMN = "contact_column"
    LEAD_COLUMN = "lead_column"
    CONVERTER = "converter"


@dataclass(frozen=True, slots=True)
class MappingFault:
    """Is one thing that is wrong with one mapping; the detail holds no value that was typed."""

    target: str
    field: FaultyField
    code: FaultCode
    detail: str


class MappingsError(ConnectorError):
    """Is the root of what is said to somebody whose change cannot be taken."""


class InvalidMappingsError(MappingsError):
    """Holds mappings that cannot work: all faults at once."""

    def __init__(self, faults: Sequence[MappingFault]) -> None:
        """Take all that is wrong."""
        super().__init__(f"the mappings must be put right in {len(faults)} places")
        self.faults = tuple(faults)


class MappingsChangedError(MappingsError):
    """Is a change of mappings that somebody else has changed meanwhile."""
