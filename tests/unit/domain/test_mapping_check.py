"""Every fault of mappings is found at once, before anything is stored."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.converters.text import MAX_LENGTH
from connector.domain.crm_column import is_column_name
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping import BIRTHDAY, EMAIL, LOCKED, OWNER, TYPE, Mapping, Origin, Target
from connector.domain.mapping_check import MappingCheck
from connector.domain.mapping_set import DEFAULTS
from connector.domain.property import PropertyKind, PropertyType
from tests.builders import a_catalogue, a_property
from tests.mappings import FakeColumns

PROFILE = PropertyKind.PROFILE
CATALOGUE = (
    *a_catalogue(),
    a_property("profileField2", "Klantnummer", PropertyType.INT, PROFILE),
    a_property("profileField3", "Functie", kind=PROFILE),
    a_property("profileField4", "Klant sinds", PropertyType.DATE, PROFILE),
    a_property("profileField5", "Omzet", PropertyType.MONEY, PROFILE),
    a_property("freeField2", "Vrij", kind=PropertyKind.FREE),
)
COLUMNS = {
    table: {one.name: one for one in columns} for table, columns in FakeColumns().tables.items()
}
FIELD = Target.named("profileField3")
JOB = Mapping(FIELD, "jobtitle", None, Converter.TEXT, Origin.USER)

type Told = list[tuple[str, str, str]]


def check(*mappings: Mapping, current: tuple[Mapping, ...] = (), sales: bool = True) -> Told:
    """Return what is wrong with the defaults and these mappings in place of some or besides."""
    targets = {one.target for one in mappings}
    wanted = [*(one for one in DEFAULT_MAPPINGS if one.target not in targets), *mappings]

    return check_all(wanted, current=current, sales=sales)


def check_all(
    wanted: list[Mapping], *, current: tuple[Mapping, ...] = (), sales: bool = True
) -> Told:
    columns = COLUMNS if sales else COLUMNS | {Table.LEAD: {}}
    checking = MappingCheck(CATALOGUE, columns, (*DEFAULT_MAPPINGS, *current))

    return [(one.target, one.field, one.code) for one in checking.run(wanted)]


def of_type(column: str, property_: str) -> Mapping:
    converter = COLUMNS[Table.CONTACT][column].converters[0]

    return Mapping(Target.named(property_), column, None, converter, Origin.USER)


@pytest.mark.feature("F44")
def test_defaults_are_in_order() -> None:
    """
    What everybody starts with passes.
    """
    assert check() == []


@pytest.mark.feature("F46", "F48")
@pytest.mark.parametrize(
    "mapping",
    [
        pytest.param(JOB, id="text"),
        pytest.param(replace(JOB, lead_column="jobtitle"), id="both tables"),
        pytest.param(replace(JOB, contact_column=None), id="no column yet"),
        pytest.param(
            replace(JOB, contact_column="Relatie", converter=Converter.CONSTANT), id="constant"
        ),
        pytest.param(of_type("numberofchildren", "profileField2"), id="whole number"),
        pytest.param(of_type("birthdate", "profileField4"), id="day"),
        pytest.param(of_type("lastusedincampaign", "profileField4"), id="moment as a day"),
        pytest.param(of_type("annualincome", "profileField5"), id="amount"),
        pytest.param(of_type("new_interests", "profileField3"), id="choices"),
        pytest.param(of_type("donotemail", "profileField3"), id="yes or no"),
        pytest.param(replace(JOB, target=Target("profile:Functie")), id="by label"),
        pytest.param(
            replace(DEFAULTS[Target.named("city")], contact_column="address1_country"),
            id="a default altered",
        ),
    ],
)
def test_good_mapping_passes(mapping: Mapping) -> None:
    """
    A visible profile field may be added with any column that fits, and a default may be altered.
    """
    assert check(mapping) == []


@pytest.mark.feature("F48", "F50", "F53")
@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        pytest.param(
            replace(JOB, contact_column="jobtitel"),
            [(FIELD.key, "contact_column", "unknown_column")],
            id="a column that is not there",
        ),
        pytest.param(
            replace(JOB, lead_column="Jobtitle"),
            [(FIELD.key, "lead_column", "unknown_column")],
            id="a column in capitals",
        ),
        pytest.param(
            replace(JOB, contact_column="ownerid"),
            [(FIELD.key, "contact_column", "wrong_type")],
            id="a converter that does not understand the column",
        ),
        pytest.param(
            of_type("ownerid", "profileField2"),
            [("name:profileField2", "contact_column", "wrong_type")],
            id="a name for a number",
        ),
        pytest.param(
            replace(of_type("numberofchildren", "profileField4"), converter=Converter.TEXT),
            [("name:profileField4", "contact_column", "wrong_type")],
            id="a number for a day",
        ),
        pytest.param(
            replace(JOB, target=Target.named("profileField99")),
            [("name:profileField99", "target", "not_visible")],
            id="a field that is hidden",
        ),
        pytest.param(
            replace(JOB, target=Target.named("freeField2")),
            [("name:freeField2", "target", "not_profile")],
            id="a free field",
        ),
        pytest.param(
            replace(JOB, target=Target.named("permissions"), converter=Converter.TEXT),
            [
                ("name:permissions", "target", "not_profile"),
                ("name:permissions", "contact_column", "wrong_type"),
            ],
            id="the permissions",
        ),
    ],
)
def test_bad_mapping_is_told(mapping: Mapping, told: Told) -> None:
    """
    What cannot work is told with its part and a code.
    """
    assert check(mapping) == told


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(" ", id="blank"),
        pytest.param(" Contact", id="white space around"),
        pytest.param("a" * (MAX_LENGTH + 1), id="too long"),
        pytest.param("een\ntwee", id="two lines"),
        pytest.param("om\u202ekeren", id="text turned around"),
        pytest.param("nul\x00", id="a control character"),
        pytest.param("half\ud800", id="half a character"),
    ],
)
def test_bad_constant_is_told(text: str) -> None:
    """
    A constant is a text of one line that everybody can see.
    """
    mapping = replace(JOB, lead_column=text, converter=Converter.CONSTANT, contact_column="goed")

    assert check(mapping) == [(FIELD.key, "lead_column", "invalid_text")]


def test_constant_must_fit_the_field() -> None:
    """
    A constant that the field does not take would be left out for everybody.
    """
    target = Target.named("profileField2")
    wrong = Mapping(target, "zeven", None, Converter.CONSTANT, Origin.USER)

    assert check(wrong) == [(target.key, "contact_column", "invalid_text")]
    assert check(replace(wrong, contact_column="7")) == []


@pytest.mark.parametrize(
    "targets",
    [
        pytest.param(("name:profileField3", "name:profileField3"), id="twice the same"),
        pytest.param(("name:profileField3", "profile:Functie"), id="by name and by label"),
        pytest.param(("name:profileField3", "profile:functie"), id="in another case"),
        pytest.param((OWNER.key, "name:profileField1"), id="a required one"),
        pytest.param(("name:email", "type:email"), id="by name and by type"),
        pytest.param(("name:profileField99", "name:profileField99"), id="hidden and twice"),
    ],
)
def test_doubles_are_told(targets: tuple[str, str]) -> None:
    """
    Two mappings to one property are told, in whichever way each of them spells it.
    """
    first, second = (replace(JOB, target=Target(key)) for key in targets)
    wanted = [one for one in DEFAULT_MAPPINGS if one.target.key not in targets]

    told = check_all([*wanted, first, second])

    assert (targets[1], "target", "double") in told


@pytest.mark.feature("F58")
@pytest.mark.parametrize("target", LOCKED, ids=lambda one: one.what)
def test_required_ones_are_locked(target: Target) -> None:
    """
    E-mail, Type, Birthday and Owner can be neither deleted nor emptied.
    """
    emptied = replace(DEFAULTS[target], contact_column=None, lead_column=None)
    without = [one for one in DEFAULT_MAPPINGS if one.target != target]

    assert check_all(without) == [(target.key, "target", "required")]
    assert (target.key, "contact_column", "required") in check(emptied)
    assert {code for _, _, code in check(emptied)} == {"required"}


def test_required_ones_may_be_altered() -> None:
    """
    Where e-mail, Type, Birthday and Owner come from is for administrators to say.
    """
    address = replace(DEFAULTS[EMAIL], contact_column="department", lead_column="jobtitle")
    named = replace(DEFAULTS[TYPE], contact_column="Relatie")
    born = replace(
        DEFAULTS[BIRTHDAY], contact_column="lastusedincampaign", lead_column="lastusedincampaign"
    )
    owned = replace(
        DEFAULTS[OWNER],
        contact_column="parentcustomerid",
        converter=Converter.LOOKUP_NAME,
        lead_converter=Converter.OWNER_NAME,
    )

    assert check(address, named, born, owned) == []


@pytest.mark.feature("F58")
@pytest.mark.parametrize(
    ("target", "spoiled", "told"),
    [
        (TYPE, {"contact_column": None}, ("contact_column", "required")),
        (TYPE, {"lead_column": None}, ("lead_column", "required")),
        (TYPE, {"lead_column": "jobtitle", "lead_converter": "text"}, ("converter", "wrong_type")),
        (
            BIRTHDAY,
            {"contact_column": None, "lead_column": "lastusedincampaign"},
            ("contact_column", "required"),
        ),
        (BIRTHDAY, {"contact_column": "firstname"}, ("contact_column", "wrong_type")),
        (BIRTHDAY, {"lead_column": "firstname"}, ("lead_column", "wrong_type")),
        (BIRTHDAY, {"contact_column": "1990-01-01", "converter": "constant"}, ()),
        (OWNER, {"contact_column": "Ons", "lead_column": "Ons", "converter": "constant"}, ()),
        (OWNER, {"lead_column": None}, ("lead_column", "required")),
        (OWNER, {"lead_column": "Ons", "lead_converter": "constant"}, ()),
        (EMAIL, {"contact_column": "a@b.nl", "lead_column": "a@b.nl", "converter": "constant"}, ()),
        (EMAIL, {"converter": "text"}, ()),
        (EMAIL, {"lead_column": None}, ("lead_column", "required")),
        (EMAIL, {"contact_column": "description"}, ("contact_column", "wrong_type")),
    ],
)
def test_required_ones_cannot_be_spoiled(
    target: Target, spoiled: dict[str, str | None], told: tuple[str, ...]
) -> None:
    """
    What is locked stays what it is for both tables: nobody shares an address, an owner or a day.
    """
    converters = {
        name: Converter(value)
        for name, value in spoiled.items()
        if value and name.endswith("converter")
    }
    mapping = replace(DEFAULTS[target], **(spoiled | converters))  # type: ignore[arg-type]  # named by the case

    assert check(mapping) == [(target.key, *(told or ("converter", "wrong_type")))]


def test_field_that_was_hidden_since_may_stay() -> None:
    """
    A mapping that is there does not stand in the way because its field was hidden meanwhile.
    """
    hidden = replace(JOB, target=Target.named("profileField99"))

    assert check(hidden, current=(hidden,)) == []


@pytest.mark.feature("F48")
def test_without_sales_leads_stay_as_they_are() -> None:
    """
    Where there are no leads their default columns may stay, and no other can be chosen.
    """
    kept = replace(JOB, lead_column="jobtitle")
    wrong = replace(JOB, lead_column="department")

    assert check(sales=False) == []
    assert check(kept, current=(kept,), sales=False) == []
    assert check(wrong, current=(kept,), sales=False) == [
        (FIELD.key, "lead_column", "unknown_column")
    ]


def test_all_faults_are_told_at_once() -> None:
    """
    One look is enough to put everything right.
    """
    wanted = [
        *(one for one in DEFAULT_MAPPINGS if one.target != OWNER),
        replace(JOB, contact_column="nothing", lead_column="neither"),
        replace(JOB, target=Target.named("profileField99")),
    ]

    assert sorted(check_all(wanted)) == sorted(
        [
            (OWNER.key, "target", "required"),
            (FIELD.key, "contact_column", "unknown_column"),
            (FIELD.key, "lead_column", "unknown_column"),
            ("name:profileField99", "target", "not_visible"),
        ]
    )


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "emailaddress1,governmentid",
            "emailaddress1&$expand=ownerid",
            "emailaddress1)/Microsoft.Dynamics.CRM",
            "'; drop",
            "contactid eq null or 1 eq 1",
            "emailaddress1 ",
            "emailaddress1\n",
            "EMAILADDRESS1",
            "_ownerid_value",
            "emailaddress1\u0000",
            "\uff45mailaddress1",
            "$select",
            "../accounts",
        ]
    ),
)


@given(HOSTILE, st.sampled_from([one for one in Converter if one is not Converter.CONSTANT]))
def test_hostile_columns_never_pass(name: str, converter: Converter) -> None:
    """
    Only a name that the CRM itself listed passes, whatever is typed and however it is converted.
    """
    told = check(replace(JOB, contact_column=name, converter=converter))

    if name not in COLUMNS[Table.CONTACT]:
        assert (FIELD.key, "contact_column", "unknown_column") in told
    assert told or is_column_name(name)


@given(st.text(min_size=1, max_size=300))
def test_details_never_repeat_a_value(text: str) -> None:
    """
    What somebody typed into a column is not in any detail.
    """
    canary = f"{text}\u00a7canary"
    checking = MappingCheck(CATALOGUE, COLUMNS, DEFAULT_MAPPINGS)
    mapping = replace(JOB, contact_column=canary, lead_column=canary)
    constant = replace(mapping, converter=Converter.CONSTANT)

    details = [one.detail for one in (*checking.run([mapping]), *checking.run([constant]))]

    assert "canary" not in json.dumps(details)
