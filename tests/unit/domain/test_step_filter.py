"""Which columns the webhook must tell of."""

from dataclasses import replace

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping import Mapping, Target
from connector.domain.step_filter import watched_columns


def test_mapped_columns_are_watched() -> None:
    """
    Every mapped column is watched in its own table, and no constant is taken for a column.
    """
    more = Mapping(
        Target.named("profileField3"),
        "jobtitle",
        "Beurs",
        Converter.TEXT,
        lead_converter=Converter.CONSTANT,
    )
    watched = watched_columns([*DEFAULT_MAPPINGS, more])

    assert {"jobtitle", "birthdate", "ownerid"} <= watched[Table.CONTACT]
    assert "jobtitle" not in watched[Table.LEAD]
    assert not {"Contact", "Lead", "Beurs"} & (watched[Table.CONTACT] | watched[Table.LEAD])


def test_qualifying_is_always_watched() -> None:
    """
    Whatever is mapped, a lead that is qualified is told of.
    """
    nothing = [replace(one, contact_column=None, lead_column=None) for one in DEFAULT_MAPPINGS]

    watched = watched_columns(nothing)

    assert watched == {
        Table.CONTACT: frozenset(),
        Table.LEAD: frozenset({"statecode", "parentcontactid"}),
    }
