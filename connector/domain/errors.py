"""The class of an error says what happens to the message."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Final

from connector.domain.contact import Table


class System(StrEnum):
    """Names the systems that may be at fault, and what of them may fail while the rest goes on."""

    SPOTLER = "spotler"
    SPOTLER_LISTS = "spotler_lists"
    SPOTLER_INTAKE = "spotler_intake"
    SPOTLER_WITHDRAWALS = "spotler_withdrawals"
    SPOTLER_ANONYMISING = "spotler_anonymising"
    SPOTLER_PEOPLE = "spotler_people"
    SPOTLER_SEARCH = "spotler_search"
    DATAVERSE = "dataverse"
    CONTACTS = "dataverse_contacts"
    LEADS = "dataverse_leads"
    ROWS = "dataverse_rows"
    METADATA = "dataverse_metadata"
    TABLES = "tables"
    RECORDS = "tables_records"
    PARKED = "tables_parked"
    PARKING = "tables_parking"
    VAULT = "vault"


SYSTEM_OF: Final = {Table.CONTACT: System.CONTACTS, Table.LEAD: System.LEADS}


class ConnectorError(Exception):
    """The root of everything that this product raises.

    `system` is at fault, where known, and `table` was read: the other one may be there.
    """

    system: System | None = None
    table: Table | None = None


class TransientError(ConnectorError):
    """Comes back later, and is parked when the last attempt fails too."""


class RateLimitedError(TransientError):
    """Comes back later, not before the vendor allows it."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        """Take how long the vendor wants us to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class PersonWaitsError(TransientError):
    """Concerns one person alone, who comes back later while others go through."""


class OtherFirstError(PersonWaitsError):
    """Concerns a contact that waits until another one was sent or settled: nothing is wrong."""


class PermanentError(ConnectorError):
    """Can never succeed as it is: the event is parked and the message completed."""


class InvalidEventError(PermanentError):
    """Has a shape, a version or a kind that nobody here understands."""


class MappingError(PermanentError):
    """Holds a mapping that cannot be applied to any record."""


class ContactRejectedError(PermanentError):
    """A contact that Spotler refused for what it says, not for when it came."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        """Take Spotler's own code, where it gave one."""
        super().__init__(message)
        self.code = code


class ConfigurationError(ConnectorError):
    """Needs an operator: shown on the config page and by the health check."""


class MisconfiguredError(ConfigurationError):
    """The settings that are wrong: a fault each, by name and never with a value."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Take the faults; each begins with the name of its setting."""
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"settings must be put right:\n{lines}")


@contextmanager
def named(system: System) -> Iterator[None]:
    """Name the system at fault in every error that names none yet."""
    try:
        yield
    except ConnectorError as exc:
        exc.system = exc.system or system
        raise


@contextmanager
def reading(table: Table) -> Iterator[None]:
    """Name the table that is read in every error that may be about it alone; a limit is not."""
    try:
        yield
    except RateLimitedError:
        raise
    except ConnectorError as exc:
        exc.table = table
        exc.system = exc.system or SYSTEM_OF[table]
        raise


def system_of(error: BaseException | None) -> System | None:
    """Return the system at fault, or None: what an error came from may name it too."""
    while error is not None:
        if isinstance(error, ConnectorError) and error.system is not None:
            return error.system
        error = error.__cause__

    return None
