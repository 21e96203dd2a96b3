"""What the Web API refuses, in the vendor's words: status, code and message."""

import re

from devstack.dataverse.elsewhere.lacking import has_operation, has_property, has_set
from devstack.dataverse.schema.table import Column, Table

NAMESPACE = "Microsoft.Dynamics.CRM"


class DataverseError(Exception):
    """A request that is answered with an error body."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def body(self) -> dict[str, object]:
        """Return the JSON of the answer."""
        return {"error": {"code": self.code, "message": self.message}}


def row_not_found(table: Table, row_id: str) -> DataverseError:
    """Refuse a row that is not there."""
    name = table.schema_name
    return DataverseError(404, "0x80040217", f"Entity '{name}' With Id = {row_id} Does Not Exist")


def key_not_found(table: Table) -> DataverseError:
    """Refuse an alternate key that no row has."""
    message = f"A record with the specified key values does not exist in {table.name} entity"
    return DataverseError(404, "0x80060891", message)


def segment_not_found(segment: str) -> DataverseError:
    """Refuse a set that is not there; one that only the simulator lacks is told as such."""
    if has_set(segment):
        return not_implemented(f"the entity set '{segment}'")

    if has_operation(segment):
        return not_implemented(f"the operation '{segment}'")

    return DataverseError(404, "0x80060888", f"Resource not found for the segment '{segment}'.")


def function_not_found(name: str) -> DataverseError:
    """Refuse a function or action that is not there, or that only the simulator lacks."""
    if has_operation(name):
        return not_implemented(f"the operation '{name}'")

    return DataverseError(404, "0x8006088a", f"Resource not found for the segment '{name}'.")


def property_not_found(table: Table, name: str) -> DataverseError:
    """Refuse a column in the query that the table lacks, here or in Dataverse too."""
    if has_property(table.name, name):
        return not_implemented(f"the property '{name}' of '{table.name}'")

    message = f"Could not find a property named '{name}' on type '{NAMESPACE}.{table.name}'."
    return DataverseError(400, "0x80060888", message)


def undeclared(table: Table, name: str) -> DataverseError:
    """Refuse a bind whose navigation property is not there, or is written otherwise."""
    if has_property(table.name, name):
        return not_implemented(f"the navigation '{name}' of '{table.name}'")

    return invalid_payload(
        f"An undeclared property '{name}' which only has property annotations in the payload but "
        "no property value was found in the payload. In OData, only declared navigation properties "
        "and declared named streams can be represented as properties without values."
    )


def unknown_in_payload(table: Table, name: str) -> DataverseError:
    """Refuse a property in the body that the table lacks, here or in Dataverse too."""
    if has_property(table.name, name):
        return not_implemented(f"the property '{name}' of '{table.name}'")

    return invalid_payload(
        f"Invalid property '{name}' was found in entity '{NAMESPACE}.{table.name}'. "
        f"{NAMESPACE}.{table.name} does not have this property."
    )


def invalid_payload(detail: str) -> DataverseError:
    """Refuse a body."""
    message = f"Error identified in Payload provided by the user for Entity :'', {detail}"
    return DataverseError(400, "0x80048d19", message)


def cannot_convert(value: object, column: Column, edm: str) -> DataverseError:
    """Refuse a value of the wrong type."""
    return invalid_payload(
        f"InnerException : Cannot convert the literal '{value}' to the expected type '{edm}' "
        f"(property '{column.name}')."
    )


def too_long(table: Table, column: Column) -> DataverseError:
    """Refuse a text over the length of its column."""
    return DataverseError(
        400,
        "0x80044331",
        f"A validation error occurred. The length of the '{column.name}' attribute of the "
        f"'{table.name}' entity exceeded the maximum allowed length of '{column.length}'.",
    )


def bad_option(table: Table, column: Column, value: int) -> DataverseError:
    """Refuse a number that is no option of the choice."""
    return DataverseError(
        400,
        "0x8004431A",
        f"A validation error occurred. The value {value} of '{column.name}' on record of type "
        f"'{table.name}' is outside the valid range. Accepted Values: "
        f"{','.join(map(str, column.options))}",
    )


def bad_status(table: Table, state: int, status: int) -> DataverseError:
    """Refuse a status reason that does not belong to the state."""
    return DataverseError(
        400,
        "0x80048408",
        f"{status} is not a valid status code for state code {table.name}State.{state} on "
        f"{table.name}.",
    )


def bad_header(line: str) -> DataverseError:
    """Refuse a line of a batch that must be a header; lines end with CRLF."""
    return syntax(
        f"The message header '{line}' is invalid. The header value must be of the format "
        "'<header name>: <header value>'."
    )


def syntax(message: str) -> DataverseError:
    """Refuse a query that cannot be read."""
    return DataverseError(400, "0x80060888", message)


def skip_refused() -> DataverseError:
    """Refuse `$skip`."""
    return syntax("Skip Clause is not supported in CRM")


def no_privilege(user_id: str, privilege: str) -> DataverseError:
    """Refuse what the roles of the user do not allow."""
    message = (
        f"Principal user (Id={user_id}, type=8) is missing {privilege} privilege "
        f"(Id={_fingerprint(privilege)}) on OTC=0 for entity"
    )
    return DataverseError(403, "0x80040220", message)


def version_mismatch() -> DataverseError:
    """Refuse a write on a version of the row that has passed."""
    message = "The version of the existing record doesn't match the RowVersion property provided."
    return DataverseError(412, "0x80060882", message)


def exists_already() -> DataverseError:
    """Refuse to update where `If-None-Match: *` allows only a create."""
    return DataverseError(412, "0x80040237", "A record with matching key values already exists.")


def key_violated(key: str, columns: str) -> DataverseError:
    """Refuse a second row with the values of an alternate key."""
    message = (
        f"Entity Key {key} violated. A record with the same value for {columns} already exists. "
        "A duplicate record cannot be created. Select one or more unique values and try again."
    )
    return DataverseError(412, "0x80060892", message)


def not_implemented(what: str) -> DataverseError:
    """Say loudly that the simulator does not know something."""
    return DataverseError(501, "0x80040203", f"The simulator does not know {what}.")


def not_allowed(method: str) -> DataverseError:
    """Refuse a method that the address does not take."""
    message = f"The requested resource does not support http method '{method}'."
    return DataverseError(405, "0x80060888", message)


def read_only_row(table: Table) -> DataverseError:
    """Refuse to edit a row whose state makes it read-only."""
    message = f"The {table.label} cannot be edited because it is closed or read-only."
    return DataverseError(400, "0x80040203", message)


def _fingerprint(privilege: str) -> str:
    letters = re.sub(r"\W", "", privilege).lower().encode().hex().ljust(32, "0")[:32]
    return f"{letters[:8]}-{letters[8:12]}-{letters[12:16]}-{letters[16:20]}-{letters[20:]}"
