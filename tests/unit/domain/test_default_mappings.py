"""Everybody starts with the defaults, and administrators change them."""

from dataclasses import replace

import pytest

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS, RARELY_USED, effective_mappings
from connector.domain.mapping import (
    BIRTHDAY,
    EMAIL,
    LOCKED,
    OWNER,
    TYPE,
    Mapping,
    Origin,
    Target,
)

FUNCTION = Mapping(
    Target.named("profileField3"), "jobtitle", "jobtitle", Converter.TEXT, Origin.USER
)
CITY = Target.named("city")


def of(mappings: tuple[Mapping, ...], target: Target) -> Mapping:
    """Return the one mapping of a target."""
    [mapping] = [mapping for mapping in mappings if mapping.target == target]

    return mapping


@pytest.mark.feature("F44")
def test_defaults_without_changes() -> None:
    """
    Who changed nothing has the defaults.
    """
    assert effective_mappings(()) == DEFAULT_MAPPINGS


@pytest.mark.feature("F44", "F55")
@pytest.mark.parametrize(
    ("key", "contact_column", "lead_column", "converter"),
    [
        ("name:email", "emailaddress1", "emailaddress1", Converter.EMAIL),
        ("name:firstName", "firstname", "firstname", Converter.TEXT),
        ("name:infix", "middlename", "middlename", Converter.TEXT),
        ("name:lastName", "lastname", "lastname", Converter.TEXT),
        ("name:gender", "gendercode", None, Converter.GENDER),
        ("contact:Birthday", "birthdate", None, Converter.DATE),
        ("name:organisation", "parentcustomerid", "companyname", Converter.LOOKUP_NAME),
        ("name:street", "address1_line1", "address1_line1", Converter.TEXT),
        ("name:postalCode", "address1_postalcode", "address1_postalcode", Converter.POSTCODE),
        ("name:city", "address1_city", "address1_city", Converter.TEXT),
        ("name:country", "address1_country", "address1_country", Converter.TEXT),
        ("name:phoneNumber", "telephone1", "telephone1", Converter.PHONE),
        ("type:mobile", "mobilephone", "mobilephone", Converter.MOBILE),
        ("free:Type", "Contact", "Lead", Converter.CONSTANT),
        ("profile:Owner", "ownerid", "ownerid", Converter.OWNER_NAME),
    ],
)
def test_default_columns(
    key: str, contact_column: str, lead_column: str | None, converter: Converter
) -> None:
    """
    Each default mapping reads the CRM's own columns; a lead has neither gender nor birthday.
    """
    mapping = of(DEFAULT_MAPPINGS, Target(key))

    assert mapping.contact_column == contact_column
    assert mapping.lead_column == lead_column
    assert mapping.converter is converter
    assert mapping.origin is Origin.DEFAULT


def test_fifteen_defaults() -> None:
    """
    Fifteen properties have a default mapping, each of them one.
    """
    assert len({mapping.target for mapping in DEFAULT_MAPPINGS}) == len(DEFAULT_MAPPINGS) == 15


def test_lead_names_its_company() -> None:
    """
    A lead's company is plain text, where a contact's is a lookup.
    """
    company = of(DEFAULT_MAPPINGS, Target.named("organisation"))

    assert company.converter_for(Table.LEAD) is Converter.TEXT


@pytest.mark.feature("F46")
def test_user_mapping_added() -> None:
    """
    A mapping that a user made comes after the defaults.
    """
    assert effective_mappings([FUNCTION]) == (*DEFAULT_MAPPINGS, FUNCTION)


def test_default_replaced() -> None:
    """
    A change to a default takes its place.
    """
    moved = Mapping(CITY, "address2_city", "address2_city", Converter.TEXT)

    mappings = effective_mappings([moved])

    assert of(mappings, CITY) == moved
    assert len(mappings) == len(DEFAULT_MAPPINGS)


@pytest.mark.feature("F56", "F59")
def test_default_deleted() -> None:
    """
    A deleted default stays away, for as long as its deletion is stored.
    """
    deleted = replace(of(DEFAULT_MAPPINGS, CITY), deleted=True)

    assert CITY not in {mapping.target for mapping in effective_mappings([deleted])}


def test_user_mapping_deleted() -> None:
    """
    A user's mapping can be deleted too.
    """
    assert effective_mappings([replace(FUNCTION, deleted=True)]) == DEFAULT_MAPPINGS


@pytest.mark.feature("F58")
@pytest.mark.parametrize("target", LOCKED)
def test_required_never_deleted(target: Target) -> None:
    """
    E-mail, Type, Birthday and Owner stay, even if a stored change says that they are deleted.
    """
    deleted = replace(of(DEFAULT_MAPPINGS, target), deleted=True)

    assert effective_mappings([deleted]) == DEFAULT_MAPPINGS


@pytest.mark.feature("F58")
@pytest.mark.parametrize("target", LOCKED)
def test_required_never_emptied(target: Target) -> None:
    """
    Taking both columns from e-mail, Type, Birthday or Owner is a deletion by another name.
    """
    emptied = Mapping(target, None, None, Converter.TEXT)

    assert effective_mappings([emptied]) == DEFAULT_MAPPINGS


@pytest.mark.feature("F58")
@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param(Mapping(OWNER, None, "ownerid", Converter.OWNER_NAME), id="leads only"),
        pytest.param(Mapping(TYPE, "Contact", None, Converter.CONSTANT), id="contacts only"),
        pytest.param(Mapping(BIRTHDAY, None, "birthdate", Converter.DATE), id="born leads only"),
        pytest.param(Mapping(EMAIL, "a@b.nl", "a@b.nl", Converter.CONSTANT), id="one address"),
        pytest.param(Mapping(BIRTHDAY, "firstname", None, Converter.TEXT), id="a birthday as text"),
        pytest.param(
            Mapping(OWNER, "ownerid", "x", Converter.OWNER_NAME, lead_converter=Converter.CONSTANT),
            id="a constant for leads",
        ),
    ],
)
def test_required_never_spoiled(spoiled: Mapping) -> None:
    """
    What was stored of a required property, and cannot be it, gives way to the default.
    """
    assert effective_mappings([spoiled]) == DEFAULT_MAPPINGS


def test_required_can_be_moved() -> None:
    """
    A required property may be filled from another column.
    """
    moved = Mapping(OWNER, "spot_accountmanagerid", "ownerid", Converter.LOOKUP_NAME)

    assert of(effective_mappings([moved]), OWNER) == moved


@pytest.mark.feature("F57")
def test_rarely_used_can_go() -> None:
    """
    What is marked as rarely used is a default that may be deleted and that no mailing needs.
    """
    defaults = {mapping.target for mapping in DEFAULT_MAPPINGS}

    assert RARELY_USED
    assert defaults >= RARELY_USED
    assert RARELY_USED.isdisjoint({EMAIL, TYPE, BIRTHDAY, OWNER})
