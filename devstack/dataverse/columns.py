"""How a column may differ from usual: secured, masked, or with dates of another behaviour.

https://learn.microsoft.com/power-platform/admin/field-level-security
"""

import dataclasses
from collections.abc import Mapping

from devstack.dataverse.schema.table import Column, Table

USER_LOCAL = "UserLocal"
DATE_ONLY = "DateOnly"
TIME_ZONE_INDEPENDENT = "TimeZoneIndependent"

_BEHAVIOURS = frozenset({USER_LOCAL, DATE_ONLY, TIME_ZONE_INDEPENDENT})
_SIGNS = {"stars": "*", "hashes": "#"}
PLATFORM_COLUMNS = frozenset(
    {
        "createdon",
        "createdby",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
        "versionnumber",
        "overriddencreatedon",
        "importsequencenumber",
        "ownerid",
        "owningbusinessunit",
        "owninguser",
        "owningteam",
        "statecode",
        "statuscode",
        "merged",
        "masterid",
    }
)


class ColumnError(Exception):
    """A setting that Dataverse has no room for; the text says which and why."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSettings:
    """What differs from usual about a column; without `writable` it is written as it is read."""

    secured: bool = False
    readable: bool = False
    writable: bool | None = None
    unmasked: bool = False
    mask: str | None = None
    behaviour: str | None = None

    @classmethod
    def parse(cls, wanted: Mapping[str, object]) -> "ColumnSettings":
        """Read settings from a JSON object; a mask makes a column secured and readable."""
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(wanted.keys() - known):
            raise ColumnError(f"a column has no {', '.join(unknown)}")

        for name, value in wanted.items():
            if not isinstance(value, bool | str | None):
                raise ColumnError(f"{name} must be true, false, null or a name")

        implied = {"secured": True, "readable": True} if wanted.get("mask") is not None else {}
        settings = cls(**{**implied, **wanted})  # type: ignore[arg-type]  # checked just below
        settings.check()

        return settings

    def check(self) -> None:
        """Refuse settings that contradict each other."""
        truths = (self.secured, self.readable, self.unmasked)
        if not all(isinstance(one, bool) for one in truths):
            raise ColumnError("secured, readable and unmasked must be true or false")

        if self.writable is not None and not isinstance(self.writable, bool):
            raise ColumnError("writable must be true or false")

        if self.mask not in {None, *_SIGNS}:
            raise ColumnError(f"mask must be null or one of {', '.join(_SIGNS)}")

        if self.mask is not None and not (self.secured and self.readable):
            raise ColumnError("a masked column must be secured and readable")

        if self.behaviour not in {None, *_BEHAVIOURS}:
            raise ColumnError(f"behaviour must be one of {', '.join(sorted(_BEHAVIOURS))}")

    @property
    def can_write(self) -> bool:
        """Tell whether the application user may fill and change the column."""
        return self.readable if self.writable is None else self.writable


def can_be_secured(table: Table, column: Column) -> bool:
    """Tell whether column security can be put on a column; not on what the platform needs."""
    return column.name != table.primary_id and column.name not in PLATFORM_COLUMNS


def mask(rule: str | None, text: str) -> str:
    """Hide all of a text but its first sign and, in an address, what stands behind the @."""
    if rule is None:
        return text

    name, at, domain = text.partition("@") if rule == "stars" else (text, "", "")

    return name[:1] + _SIGNS[rule] * len(name[1:]) + at + domain
