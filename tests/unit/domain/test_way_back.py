"""The mappings in reverse: where a property of Spotler goes, and where it never does."""

from datetime import UTC, datetime

import pytest

from connector.domain.contact import ColumnValue, PropertyValue, Record, Table
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping import Mapping, Target
from connector.domain.mapping_plan import plan_mappings
from connector.domain.property import PropertyKind, PropertyType
from connector.domain.way_back import ColumnKind, Columns, ColumnType, WayBack, find_ways_back
from tests.builders import a_contact_key, a_property
from tests.unit.domain.test_mapping_plan import CATALOGUE

TEXT = ColumnType(ColumnKind.TEXT, 100)
NAMES = (
    "emailaddress1",
    "firstname",
    "middlename",
    "lastname",
    "parentcustomerid",
    "address1_line1",
    "address1_postalcode",
    "address1_city",
    "address1_country",
    "telephone1",
    "mobilephone",
    "ownerid",
    "Contact",
)
COLUMNS: Columns = dict.fromkeys(NAMES, TEXT) | {
    "birthdate": ColumnType(ColumnKind.DAY),
    "gendercode": ColumnType(ColumnKind.CHOICE),
}


def ways(*mappings: Mapping, columns: Columns = COLUMNS) -> dict[str, WayBack]:
    plan = plan_mappings((*DEFAULT_MAPPINGS, *mappings), CATALOGUE)

    return {way.step.property: way for way in find_ways_back(plan.steps[Table.CONTACT], columns)}


def a_row(**columns: ColumnValue) -> Record:
    return Record(a_contact_key(1), 1, columns, modified_on=datetime(2026, 1, 1, tzinfo=UTC))


def test_only_what_is_certain_goes_back() -> None:
    """
    Owner, lookups and constants never go back, whatever the columns would take.
    """
    assert set(ways()) == {
        "email",
        "firstName",
        "infix",
        "lastName",
        "gender",
        "birthday",
        "street",
        "postalCode",
        "city",
        "country",
        "phoneNumber",
        "mobileNo",
    }


@pytest.mark.parametrize("converter", [Converter.CHOICE_LABEL, Converter.BOOLEAN])
def test_labels_do_not_go_back(converter: Converter) -> None:
    """
    What a label or a yes stands for is not guessed.
    """
    mapping = Mapping(Target.named("orders"), "spot_text", None, converter)
    catalogue = (*CATALOGUE, a_property("orders", kind=PropertyKind.PROFILE))
    plan = plan_mappings((mapping,), catalogue)

    assert find_ways_back(plan.steps[Table.CONTACT], {"spot_text": TEXT}) == ()


def test_column_must_fit() -> None:
    """
    A text does not go to a choice, nor a day to a moment, nor anything to a read-only column.
    """
    columns = {
        "firstname": ColumnType(ColumnKind.CHOICE),
        "birthdate": TEXT,
        "gendercode": TEXT,
        "lastname": TEXT,
    }

    assert set(ways(columns=columns)) == {"lastName"}


def test_first_property_of_a_column_counts() -> None:
    """
    Where two properties come from one column the first one goes back.
    """
    twice = Mapping(Target.named("profileField2"), "firstname", None, Converter.TEXT)
    names = Mapping(Target.named("profileField3"), "firstname", None, Converter.TEXT)
    plan = plan_mappings(
        (*DEFAULT_MAPPINGS, twice, names), (*CATALOGUE, a_property("profileField3"))
    )

    found = find_ways_back(plan.steps[Table.CONTACT], COLUMNS)

    assert [way.step.property for way in found if way.column == "firstname"] == ["firstName"]


@pytest.mark.feature("F115", "F116")
@pytest.mark.parametrize(
    ("name", "column", "held", "said"),
    [
        pytest.param("mobileNo", "mobilephone", "+31 6 18596225", "06-18596225", id="mobile"),
        pytest.param("phoneNumber", "telephone1", "+31 (0)79 363 29 21", "079-3632921", id="phone"),
        pytest.param("postalCode", "address1_postalcode", "2719ek", "2719 EK", id="postcode"),
        pytest.param("email", "emailaddress1", "Jan@Example.NL", "jan@example.nl", id="email"),
        pytest.param("firstName", "firstname", " Jan ", "Jan", id="blanks"),
        pytest.param("birthday", "birthdate", "1968-03-01", "1968-02-29T23:00:00+00:00", id="day"),
        pytest.param("gender", "gendercode", 2, "F", id="gender"),
    ],
)
def test_spelling_changes_nothing(
    name: str, column: str, held: ColumnValue, said: PropertyValue
) -> None:
    """
    What both sides hold alike is not written again for its spelling.
    """
    assert ways()[name].change(a_row(**{column: held}), {name: said}) is None


@pytest.mark.parametrize(
    ("name", "column", "said", "written"),
    [
        pytest.param("mobileNo", "mobilephone", "0618596225", "06-18596225", id="mobile"),
        pytest.param("postalCode", "address1_postalcode", "2719ek", "2719 EK", id="postcode"),
        pytest.param("birthday", "birthdate", "1968-03-01", "1968-03-01", id="day"),
        pytest.param("gender", "gendercode", "M", 1, id="gender"),
        pytest.param("lastName", "lastname", "Jansen", "Jansen", id="text"),
    ],
)
def test_difference_is_written(
    name: str, column: str, said: PropertyValue, written: ColumnValue
) -> None:
    """
    A value that differs is written in the spelling that we send, over another and in an empty one.
    """
    way = ways()[name]

    assert way.change(a_row(**{column: None}), {name: said}) == written
    assert way.value({name: said}) == written


@pytest.mark.parametrize(
    ("name", "column", "held", "said"),
    [
        pytest.param("mobileNo", "mobilephone", "+32 470 12 34 56", "06-18596225", id="foreign"),
        pytest.param("email", "emailaddress1", "not an address", "jan@example.nl", id="no address"),
        pytest.param("gender", "gendercode", 3, "M", id="a gender that Spotler has not"),
    ],
)
def test_unspeakable_is_left(
    name: str, column: str, held: ColumnValue, said: PropertyValue
) -> None:
    """
    What Spotler could not hold it cannot know better.
    """
    assert ways()[name].change(a_row(**{column: held}), {name: said}) is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="absent"),
        pytest.param({"mobileNo": " "}, id="blank"),
        pytest.param({"mobileNo": "+32 470 12 34 56"}, id="not Dutch"),
        pytest.param({"mobileNo": "06-18596225", "lastName": "x" * 101}, id="too long"),
    ],
)
def test_nothing_usable_is_nothing(said: dict[str, PropertyValue]) -> None:
    """
    What is absent, unusable or too long for its column changes nothing.
    """
    name = "lastName" if "lastName" in said else "mobileNo"

    assert ways()[name].change(a_row(mobilephone="06-11111111", lastname="A"), said) is None
    assert ways()[name].value(said) is None


def test_length_is_counted_as_the_crm_does() -> None:
    """
    A sign beyond the basic plane takes two of a column's places.
    """
    columns = {"lastname": ColumnType(ColumnKind.TEXT, 3)}
    way = ways(columns=columns)["lastName"]

    assert way.value({"lastName": "a\N{GRINNING FACE}"}) == "a\N{GRINNING FACE}"
    assert way.value({"lastName": "ab\N{GRINNING FACE}"}) is None


def test_number_property_does_not_go_back() -> None:
    """
    What Spotler keeps as a number has no certain column.
    """
    assert PropertyType.INT in {field.type for field in CATALOGUE}
    assert "profileField2" not in ways(
        Mapping(Target.named("profileField2"), "firstname", None, Converter.TEXT)
    )
