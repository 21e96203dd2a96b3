"""Which properties the metadata itself has, so that it can be selected and filtered."""

from devstack.dataverse.schema.table import Column, Kind, Table

_TABLE_TEXTS = (
    "MetadataId",
    "LogicalName",
    "SchemaName",
    "EntitySetName",
    "LogicalCollectionName",
    "PrimaryIdAttribute",
    "PrimaryNameAttribute",
    "OwnershipType",
)
_TABLE_FLAGS = ("IsCustomEntity", "IsActivity", "ChangeTrackingEnabled", "HasNotes")
_COLUMN_TEXTS = (
    "MetadataId",
    "LogicalName",
    "SchemaName",
    "EntityLogicalName",
    "AttributeType",
    "AttributeOf",
)
_COLUMN_FLAGS = (
    "IsValidForRead",
    "IsValidForCreate",
    "IsValidForUpdate",
    "IsPrimaryId",
    "IsPrimaryName",
    "IsCustomAttribute",
    "IsLogical",
    "IsSecured",
    "CanBeSecuredForRead",
    "CanBeSecuredForCreate",
    "CanBeSecuredForUpdate",
)


def _shape(name: str, texts: tuple[str, ...], flags: tuple[str, ...]) -> Table:
    columns = {text: Column(text, Kind.STRING, text) for text in texts}
    columns |= {flag: Column(flag, Kind.BOOLEAN, flag) for flag in flags}

    return Table(
        name=name,
        set_name=name,
        label=name,
        primary_id="MetadataId",
        primary_name="LogicalName",
        columns=columns,
    )


TABLES = _shape("EntityMetadata", _TABLE_TEXTS, _TABLE_FLAGS)
ATTRIBUTES = _shape("AttributeMetadata", _COLUMN_TEXTS, _COLUMN_FLAGS)
KEYS = _shape("EntityKeyMetadata", ("MetadataId", "LogicalName", "SchemaName"), ())
