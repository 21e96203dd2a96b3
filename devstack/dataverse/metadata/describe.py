"""Describe tables, columns and keys in the terms of the metadata.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/entitymetadata
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

from devstack.dataverse.columns import USER_LOCAL, can_be_secured
from devstack.dataverse.schema.table import CHOICES, LOOKUPS, AlternateKey, Column, Kind, Table

type Json = dict[str, object]

LANGUAGE = 1043
_NAMESPACE = uuid.UUID("6c1f2d84-9a35-4c0e-8b7d-2f50e1a9c364")
_TYPE_NAMES = {
    Kind.DATE: "DateTime",
    Kind.GUID: "Uniqueidentifier",
    Kind.CHOICE: "Picklist",
}
_CLASSES = {Kind.DATE: "DateTime", Kind.GUID: "UniqueIdentifier", Kind.ENTITY_NAME: "EntityName"}
_SHOWN_TYPES = {"Customer": "Lookup", "Owner": "Lookup"}
_AT_FIRST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
_RANGE = 2_147_483_647


def metadata_id(*names: str) -> str:
    """Return an id that is always the same for the same thing."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))


def column_id(table: Table, column: Column) -> str:
    """Return the id of a column; one that was made anew has another than before."""
    made_on = (column.made_on.isoformat(),) if column.made_on else ()

    return metadata_id(table.name, column.name, *made_on)


def label(text: str) -> Json:
    """Write a text with its language."""
    localised = {"Label": text, "LanguageCode": LANGUAGE, "IsManaged": False, "HasChanged": None}

    return {"LocalizedLabels": [localised], "UserLocalizedLabel": localised}


def describe_table(table: Table) -> Json:
    """Describe a table without its columns."""
    return {
        "MetadataId": metadata_id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "DisplayName": label(table.label),
        "DisplayCollectionName": label(table.label),
        "Description": label(table.label),
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "ObjectTypeCode": table.type_code,
        "OwnershipType": "UserOwned" if table.owned else "OrganizationOwned",
        "IsCustomEntity": "_" in table.name,
        "IsActivity": False,
        "IsOptimisticConcurrencyEnabled": True,
        "ChangeTrackingEnabled": False,
        "HasNotes": False,
        "HasActivities": False,
    }


def describe_columns(table: Table) -> Iterator[Json]:
    """Describe all columns, with the virtual ones that hold the names of choices and lookups."""
    for column in table.columns.values():
        yield describe_column(table, column)
        if column.kind in CHOICES or column.kind is Kind.BOOLEAN:
            yield _virtual(table, column, "Virtual")
        elif column.kind in LOOKUPS:
            yield _virtual(table, column, "String")


def describe_column(table: Table, column: Column) -> Json:
    """Describe one column with what only its type has."""
    kind = _TYPE_NAMES.get(column.kind, column.kind.value)

    return {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{class_of(column)}",
        **_common(
            table,
            column.name,
            column.schema_name or column.name.capitalize(),
            kind,
            is_secured=column.secured,
            can_be_secured=can_be_secured(table, column),
        ),
        "MetadataId": column_id(table, column),
        "CreatedOn": (column.made_on or _AT_FIRST).isoformat().replace("+00:00", "Z"),
        "DisplayName": label(column.label),
        "IsValidForCreate": column.creatable,
        "IsValidForUpdate": column.updatable,
        "IsValidForRead": column.readable,
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "RequiredLevel": _required(column),
        "AttributeOf": None,
        **_details(column),
    }


def class_of(column: Column) -> str:
    """Return the name of the metadata class of a column."""
    kind = _CLASSES.get(column.kind, column.kind.value)

    return f"{_SHOWN_TYPES.get(kind, kind)}AttributeMetadata"


def describe_key(table: Table, key: AlternateKey) -> Json:
    """Describe an alternate key and whether its index can be used."""
    return {
        "MetadataId": metadata_id(table.name, "key", key.name),
        "LogicalName": key.name,
        "SchemaName": key.name,
        "DisplayName": label(key.name),
        "EntityLogicalName": table.name,
        "KeyAttributes": list(key.columns),
        "EntityKeyIndexStatus": "Active",
        "IsCustomizable": {"Value": True, "CanBeChanged": True},
    }


def describe_options(table: Table, column: Column) -> Json:
    """Describe the options of a choice or a yes-no column."""
    options: list[Json] = [
        {"Value": value, "Label": label(text), "Color": None}
        for value, text in column.options.items()
    ]
    named: Json = {
        "MetadataId": metadata_id(table.name, column.name, "options"),
        "Name": f"{table.name}_{column.name}",
        "IsGlobal": False,
        "OptionSetType": column.kind.value,
    }
    if column.kind is not Kind.BOOLEAN:
        return {**named, "Options": options}

    by_value = {option["Value"]: option for option in options}

    return {**named, "TrueOption": by_value.get(1), "FalseOption": by_value.get(0)}


def _common(
    table: Table,
    name: str,
    schema_name: str,
    kind: str,
    *,
    is_secured: bool = False,
    can_be_secured: bool = False,
) -> Json:
    return {
        "MetadataId": metadata_id(table.name, name),
        "LogicalName": name,
        "SchemaName": schema_name,
        "EntityLogicalName": table.name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "IsCustomAttribute": "_" in name and not name.startswith("address"),
        "IsLogical": False,
        "IsSecured": is_secured,
        "CanBeSecuredForRead": can_be_secured,
        "CanBeSecuredForCreate": can_be_secured,
        "CanBeSecuredForUpdate": can_be_secured,
    }


def _virtual(table: Table, column: Column, kind: str) -> Json:
    name = f"{column.name}name"

    return {
        "@odata.type": "#Microsoft.Dynamics.CRM.AttributeMetadata",
        **_common(table, name, name, kind),
        "DisplayName": {"LocalizedLabels": [], "UserLocalizedLabel": None},
        "IsValidForCreate": False,
        "IsValidForUpdate": False,
        "IsValidForRead": True,
        "IsPrimaryId": False,
        "IsPrimaryName": False,
        "RequiredLevel": {"Value": "None", "CanBeChanged": False},
        "AttributeOf": column.name,
    }


def _required(column: Column) -> Json:
    return {"Value": "SystemRequired" if column.required else "None", "CanBeChanged": True}


def _details(column: Column) -> Json:
    details = _DETAILS.get(column.kind)

    return details(column) if details is not None else {}


def _targets(column: Column) -> Json:
    return {"Targets": list(column.targets), "Format": "None"}


_DETAILS: dict[Kind, Callable[[Column], Json]] = {
    Kind.STRING: lambda c: {
        "MaxLength": c.length,
        "Format": "Text",
        "FormatName": {"Value": "Text"},
    },
    Kind.MEMO: lambda c: {"MaxLength": c.length, "Format": "TextArea"},
    Kind.INTEGER: lambda _: {"MinValue": -_RANGE - 1, "MaxValue": _RANGE, "Format": "None"},
    Kind.DATE: lambda _: {"Format": "DateOnly", "DateTimeBehavior": {"Value": "DateOnly"}},
    Kind.DATETIME: lambda c: {
        "Format": "DateAndTime",
        "DateTimeBehavior": {"Value": c.behaviour or USER_LOCAL},
    },
    Kind.LOOKUP: _targets,
    Kind.CUSTOMER: _targets,
    Kind.OWNER: _targets,
}
