"""Mappings name their property for good, and their columns for each table."""

import pytest

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.errors import MappingError
from connector.domain.mapping import BIRTHDAY, EMAIL, OWNER, REQUIRED, TYPE, Mapping, Target
from connector.domain.property import PropertyKind, PropertyType
from tests.builders import a_catalogue, a_property

MOBILE = Target.typed(PropertyType.MOBILE)


@pytest.mark.parametrize(
    ("target", "key"),
    [
        pytest.param(EMAIL, "name:email", id="name"),
        pytest.param(MOBILE, "type:mobile", id="type"),
        pytest.param(TYPE, "free:Type", id="type-field"),
        pytest.param(BIRTHDAY, "contact:Birthday", id="birthday-field"),
        pytest.param(OWNER, "profile:Owner", id="owner-field"),
    ],
)
def test_key_names_target(target: Target, key: str) -> None:
    """
    The key of a target is stored, and alone brings the same target back.
    """
    assert target.key == key
    assert Target(key) == target


@pytest.mark.parametrize("key", ["", "email", "name:", "colour:red", ":email"])
def test_senseless_key_refused(key: str) -> None:
    """
    A key that names nothing is refused when it is read, not when it is used.
    """
    with pytest.raises(MappingError, match="must name its property"):
        Target(key)


@pytest.mark.feature("F22", "F23", "F24")
@pytest.mark.parametrize(
    ("target", "name"),
    [
        pytest.param(TYPE, "freeField1", id="type"),
        pytest.param(BIRTHDAY, "birthday", id="birthday"),
        pytest.param(OWNER, "profileField1", id="owner"),
        pytest.param(EMAIL, "email", id="name"),
    ],
)
def test_target_found(target: Target, name: str) -> None:
    """
    A target finds its property by name, or by label and kind, whatever its number.
    """
    found = target.find(a_catalogue())

    assert found is not None
    assert found.name == name


@pytest.mark.feature("F22")
def test_label_needs_its_kind() -> None:
    """
    A profile field that is called Type is not the free field that is asked for.
    """
    profile_field = a_property("profileField5", "Type", kind=PropertyKind.PROFILE)

    assert TYPE.find((profile_field,)) is None


def test_type_finds_contact_field() -> None:
    """
    The mobile number is the contact field of its type, under any name, and no profile field.
    """
    profile_field = a_property(
        "profileField5", type_=PropertyType.MOBILE, kind=PropertyKind.PROFILE
    )
    contact_field = a_property("mobileNo", type_=PropertyType.MOBILE)

    assert MOBILE.find((profile_field, contact_field)) == contact_field
    assert MOBILE.find((profile_field,)) is None


@pytest.mark.feature("F21", "F58")
def test_four_targets_required() -> None:
    """
    E-mail, Type, Birthday and Owner must stay, and the last three must be made; nothing else must.
    """
    assert all(target.required for target in (EMAIL, TYPE, BIRTHDAY, OWNER))
    assert not any(target.required for target in (MOBILE, Target("profile:Type")))
    assert REQUIRED == (TYPE, BIRTHDAY, OWNER)


def test_each_table_its_column() -> None:
    """
    A contact and a lead may hold the same in different columns, in different ways.
    """
    mapping = Mapping(
        EMAIL,
        "parentcustomerid",
        "companyname",
        Converter.LOOKUP_NAME,
        lead_converter=Converter.TEXT,
    )

    assert mapping.column(Table.CONTACT) == "parentcustomerid"
    assert mapping.column(Table.LEAD) == "companyname"
    assert mapping.converter_for(Table.CONTACT) is Converter.LOOKUP_NAME
    assert mapping.converter_for(Table.LEAD) is Converter.TEXT


def test_one_converter_for_both() -> None:
    """
    Unless a mapping says otherwise, its converter serves both tables.
    """
    mapping = Mapping(EMAIL, "emailaddress1", None, Converter.EMAIL)

    assert mapping.column(Table.LEAD) is None
    assert {mapping.converter_for(table) for table in Table} == {Converter.EMAIL}
