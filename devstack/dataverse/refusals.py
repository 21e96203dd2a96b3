"""What the platform refuses about secured columns, restored rows and merged ones."""

from devstack.dataverse.errors import DataverseError
from devstack.dataverse.schema.table import Table


def read_missing() -> DataverseError:
    """Refuse a filter on a secured column that the user may not read."""
    message = (
        "The user does not have read permissions to a secured field. The requested operation "
        "could not be completed."
    )
    return DataverseError(403, "0x8004f504", message)


def update_missing() -> DataverseError:
    """Refuse to change a secured column that the user may not change."""
    message = (
        "The user doesn't have AttributePrivilegeUpdate and not granted shared access for a "
        "secured attribute during update operation"
    )
    return DataverseError(403, "0x8004f507", message)


def create_missing() -> DataverseError:
    """Refuse to fill a secured column that the user may not fill."""
    message = (
        "The user does not have create permissions to a secured field. The requested operation "
        "could not be completed."
    )
    return DataverseError(403, "0x8004f502", message)


def restore_conflict(table: Table, row_id: str) -> DataverseError:
    """Refuse to restore a row whose id is taken."""
    message = (
        f"Please delete the existing conflicting record '{table.schema_name}' with primary key "
        f"'{table.primary_id}' and primary key value '{row_id}' before attempting restore."
    )
    return DataverseError(400, "0x80044a02", message)


def restore_key_conflict(table: Table, row_id: str) -> DataverseError:
    """Refuse to restore a row whose alternate key is taken."""
    message = (
        f"Duplicate entity key preventing restore of record '{table.schema_name}' with primary key "
        f"'{table.primary_id}' and primary key value '{row_id}'. See inner exception for entity "
        "key details."
    )
    return DataverseError(400, "0x80049929", message)


def restore_without(table: Table, row_id: str, column: str, value: str) -> DataverseError:
    """Refuse to restore a row to which a row led that is no longer there."""
    message = (
        f"Entity with id '{row_id}' and logical name '{table.name}' does not exist. We cannot "
        f"restore the reference '{column}' that must be restored as part of this Restore call. "
        f"ValueToBeRestored: {value}, ReferencedEntityName: {table.name}, AttributeName: {column}"
    )
    return DataverseError(400, "0x80049959", message)


def merge_unsupported(table: Table) -> DataverseError:
    """Refuse to merge rows of a table that is not for it."""
    message = f"This type: {table.name} is not supported with merge operation"
    return DataverseError(400, "0x80040203", message)


def merge_identical() -> DataverseError:
    """Refuse to merge a row with itself."""
    message = "Merge cannot be performed on master and sub-entities that are identical."
    return DataverseError(400, "0x80045305", message)


def merge_inactive(role: str, table: Table, row_id: str) -> DataverseError:
    """Refuse to merge a row that is not active."""
    return DataverseError(400, "0x80045304", f"{role}:{table.name}-{row_id} is deactive")


def merge_parents_differ() -> DataverseError:
    """Refuse to merge rows of different parents when that is to be checked."""
    message = "Merge warning: sub-entity will be differently parented."
    return DataverseError(400, "0x80045316", message)
