"""Rows of the table `mappings`."""

import hashlib

from azure.data.tables import TableEntity

from connector.domain.contact import OrganisationId
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError, MappingError
from connector.domain.mapping import Mapping, Origin, Target


def row_key(target: Target) -> str:
    """Return what a row is called; a label may hold what a key of a table must not."""
    return hashlib.sha256(target.key.encode()).hexdigest()


def to_entity(organisation: OrganisationId, mapping: Mapping) -> TableEntity:
    """Return the row of a mapping."""
    columns = {
        "target": mapping.target.key,
        "contact_column": mapping.contact_column,
        "lead_column": mapping.lead_column,
        "converter": mapping.converter,
        "lead_converter": mapping.lead_converter,
        "origin": mapping.origin,
        "deleted": mapping.deleted,
    }
    filled = {name: value for name, value in columns.items() if value is not None}

    return TableEntity(PartitionKey=organisation, RowKey=row_key(mapping.target), **filled)


def to_mapping(row: TableEntity) -> Mapping:
    """Return the mapping of a row; one that this version does not understand is for an operator."""
    try:
        return Mapping(
            target=Target(row["target"]),
            contact_column=row.get("contact_column"),
            lead_column=row.get("lead_column"),
            converter=Converter(row["converter"]),
            origin=Origin(row["origin"]),
            deleted=row["deleted"],
            lead_converter=Converter(row["lead_converter"]) if "lead_converter" in row else None,
        )
    except (ValueError, KeyError, MappingError) as exc:
        raise ConfigurationError(
            "a stored mapping must name its property, a known converter and an origin"
        ) from exc
