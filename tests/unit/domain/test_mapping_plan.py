"""A plan says what to read, and makes of every record what Spotler accepts."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.contact import (
    Column,
    ColumnValue,
    ExternalId,
    MarketingContact,
    Record,
    Table,
)
from connector.domain.converter import Converter
from connector.domain.converters.unusable import Note
from connector.domain.default_mappings import DEFAULT_MAPPINGS, effective_mappings
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import EMAIL, Mapping, Origin, Target
from connector.domain.mapping_plan import Mapped, MappingPlan, plan_mappings
from connector.domain.property import Catalogue, PropertyKind, PropertyType
from connector.domain.sync_state import Reason
from tests.builders import a_contact_key, a_lead_key, a_person, a_property

ID = ExternalId("e-1")
COMPANY_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

CATALOGUE: Catalogue = (
    a_property("email", type_=PropertyType.EMAIL),
    a_property("firstName"),
    a_property("infix"),
    a_property("lastName"),
    a_property("gender", type_=PropertyType.GENDER),
    a_property("birthday", "Birthday", PropertyType.BIRTHDATE),
    a_property("organisation"),
    a_property("street"),
    a_property("postalCode", type_=PropertyType.POSTCODE),
    a_property("city"),
    a_property("country"),
    a_property("phoneNumber"),
    a_property("mobileNo", type_=PropertyType.MOBILE),
    a_property("freeField4", "Type", kind=PropertyKind.FREE),
    a_property("profileField1", "Owner", kind=PropertyKind.PROFILE),
    a_property("profileField2", "Orders", PropertyType.INT, PropertyKind.PROFILE),
)

PERSON = Record(
    a_contact_key(),
    1,
    {
        "emailaddress1": "Jan@Example.nl",
        "firstname": "Jan",
        "middlename": "van",
        "lastname": "Zanten",
        "gendercode": 1,
        "birthdate": "1968-03-01",
        "parentcustomerid": COMPANY_ID,
        "address1_line1": "Dorpsstraat 1",
        "address1_postalcode": "2719ek",
        "address1_city": "Zoetermeer",
        "address1_country": "Nederland",
        "telephone1": "+31 (0)79 363 29 21",
        "mobilephone": "+31 6 18596225",
        "ownerid": "5f1b8c1e-0000-4000-8000-000000000001",
    },
    {"parentcustomerid": "Acme BV", "ownerid": "Els de Boer"},
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from([10**400, -(10**4000), "\ud800", "x" * 5000, "0001-01-01T00:00:00Z"])
    | st.from_regex(r"[+0-9() -]{1,20}", fullmatch=True)
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@pytest.fixture(scope="module")
def plan() -> MappingPlan:
    return plan_mappings(effective_mappings(()), CATALOGUE)


def plan_with(*changes: Mapping) -> MappingPlan:
    return plan_mappings(effective_mappings(changes), CATALOGUE)


def properties_of(mapped: Mapped) -> dict[str, object]:
    """Return what is sent; the record must not have been excluded."""
    assert mapped.contact is not None

    return dict(mapped.contact.properties)


def contact_of(mapped: Mapped) -> MarketingContact:
    """Return what is sent; the record must not have been excluded."""
    assert mapped.contact is not None

    return mapped.contact


@pytest.mark.feature("F44", "F64", "F67")
def test_contact_by_defaults(plan: MappingPlan) -> None:
    """
    A complete contact arrives with every default property in the form that Spotler accepts.
    """
    mapped = plan.map(PERSON, ID)

    assert mapped.contact is not None
    assert mapped.contact.external_id == ID
    assert mapped.excluded is None
    assert mapped.notes == ()
    assert mapped.contact.properties == {
        "email": "Jan@example.nl",
        "firstName": "Jan",
        "infix": "van",
        "lastName": "Zanten",
        "gender": "M",
        "birthday": "1968-03-01",
        "organisation": "Acme BV",
        "street": "Dorpsstraat 1",
        "postalCode": "2719 EK",
        "city": "Zoetermeer",
        "country": "Nederland",
        "phoneNumber": "079-3632921",
        "mobileNo": "06-18596225",
        "freeField4": "Contact",
        "profileField1": "Els de Boer",
    }


@pytest.mark.feature("F64", "F67")
def test_lead_by_defaults(plan: MappingPlan) -> None:
    """
    A lead arrives as a lead with its own columns; what it does not have is not sent at all.
    """
    lead = a_person(a_lead_key(), companyname="Acme BV", parentcustomerid=COMPANY_ID)

    properties = properties_of(plan.map(lead, ID))

    assert properties["freeField4"] == "Lead"
    assert properties["organisation"] == "Acme BV"
    assert "gender" not in properties
    assert "birthday" not in properties


def test_empty_column_clears(plan: MappingPlan) -> None:
    """
    A column that was emptied in the CRM is emptied in Spotler, where we filled it from there.
    """
    sent = plan.map(a_person(), ID)
    emptied = plan.map(a_person(lastname=None), ID, sent.filled)

    assert properties_of(emptied)["firstName"] == "Jan"
    assert properties_of(emptied)["lastName"] is None
    assert "lastName=lastname" in sent.filled - emptied.filled


@pytest.mark.parametrize(
    "filled",
    [
        pytest.param(frozenset[str](), id="never sent"),
        pytest.param(frozenset({"firstName=firstname"}), id="sent without it"),
        pytest.param(frozenset({"lastName=nickname"}), id="filled from another column"),
    ],
)
def test_what_we_did_not_fill_is_not_cleared(plan: MappingPlan, filled: frozenset[str]) -> None:
    """
    An empty column says nothing of a field that our last send did not fill from it.
    """
    mapped = plan.map(a_person(lastname=None), ID, filled)

    assert "lastName" not in properties_of(mapped)
    assert not contact_of(mapped).clears


@pytest.mark.parametrize("note", [Note.GONE, Note.UNREADABLE])
def test_unknown_column_clears_nothing(plan: MappingPlan, note: Note) -> None:
    """
    A column of which nothing was told is left out with a note, and what it filled is remembered.
    """
    sent = plan.map(a_person(), ID)
    mapped = plan.map(replace(a_person(lastname=None), unknown={"lastname": note}), ID, sent.filled)

    assert "lastName" not in properties_of(mapped)
    assert mapped.notes == (f"lastName:{note}",)
    assert mapped.filled == sent.filled


def test_hidden_property_is_remembered(plan: MappingPlan) -> None:
    """
    A column that is emptied while Spotler hides its field clears it once the field is shown again.
    """
    fields = tuple(one for one in CATALOGUE if one.name != "lastName")
    hiding = plan_mappings(DEFAULT_MAPPINGS, fields)
    sent = plan.map(a_person(), ID)

    hidden = hiding.map(a_person(), ID, sent.filled)
    emptied = hiding.map(a_person(lastname=None), ID, hidden.filled)
    shown = plan.map(a_person(lastname=None), ID, emptied.filled)

    assert "lastName" not in properties_of(hidden)
    assert hidden.filled == sent.filled
    assert properties_of(shown)["lastName"] is None
    assert shown.filled == sent.filled - {"lastName=lastname"}


def test_unmapped_property_is_forgotten(plan: MappingPlan) -> None:
    """
    A property that is not mapped any more, though Spotler shows it, is whoever's fills it then.
    """
    deleted = Mapping(Target.named("lastName"), None, None, Converter.TEXT, deleted=True)
    sent = plan.map(a_person(), ID)

    mapped = plan_with(deleted).map(a_person(), ID, sent.filled)

    assert "lastName" not in properties_of(mapped)
    assert mapped.filled == sent.filled - {"lastName=lastname"}


BY_ADDRESS = plan_mappings(DEFAULT_MAPPINGS, CATALOGUE, by_address=True)
MOVED = "piet@example.nl"
UNUSABLE = "+32 470 12 34 56"


def is_remembered(mapped: Mapped, property_: str) -> bool:
    """Tell whether a property is known to have a value of ours."""
    return property_ in {mark.partition("=")[0] for mark in mapped.filled}


@pytest.mark.parametrize("by_address", [True, False])
def test_move_forgets_what_is_left_out(*, by_address: bool) -> None:
    """
    Where a new address may be somebody else's contact, nothing is remembered of the one before.
    """
    fields = tuple(one for one in CATALOGUE if one.name != "street")
    plan = plan_mappings(DEFAULT_MAPPINGS, CATALOGUE, by_address=by_address)
    hiding = plan_mappings(DEFAULT_MAPPINGS, fields, by_address=by_address)
    sent = plan.map(a_person(mobilephone="0618596225", address1_line1="Dorpsstraat 1"), ID)

    person = a_person(email=MOVED, mobilephone=UNUSABLE, lastname=None)
    moved = hiding.map(person, ID, sent.filled)

    assert properties_of(moved)["lastName"] is None
    for name in ("mobileNo", "street"):
        assert is_remembered(sent, name)
        assert is_remembered(moved, name) is not by_address
    assert contact_of(plan.map(a_person(email=MOVED), ID, moved.filled)).clears is not by_address


def test_contact_tells_where_it_was_filled() -> None:
    """
    What is cleared goes with the addresses at which it was filled, as hashes of this contact's own.
    """
    sent = BY_ADDRESS.map(a_person(), ID)
    emptied = contact_of(BY_ADDRESS.map(a_person(email=MOVED, lastname=None), ID, sent.filled))
    other = contact_of(BY_ADDRESS.map(a_person(), ExternalId("e-2"), sent.filled))

    assert contact_of(sent).filled_at == frozenset()
    assert emptied.was_filled_at("JAN@example.nl")
    assert not emptied.was_filled_at(MOVED)
    assert not emptied.was_filled_at(None)
    assert not other.was_filled_at("jan@example.nl")
    assert "jan@" not in "".join(sent.filled)


def test_workers_who_raced_filled_at_two() -> None:
    """
    What was filled at two addresses is forgotten, and is nobody's for sure.
    """
    marks = [BY_ADDRESS.map(a_person(email=one), ID).filled for one in (MOVED, "jan@example.nl")]
    sent = BY_ADDRESS.map(a_person(lastname=None), ID, frozenset().union(*marks))

    assert not contact_of(sent).was_filled_at("jan@example.nl")
    assert not is_remembered(sent, "lastName")


def test_same_address_forgets_nothing() -> None:
    """
    An address that is written otherwise, or that an older version sent, was not moved.
    """
    of_old = frozenset({"email=emailaddress1", "mobileNo=mobilephone"})
    sent = BY_ADDRESS.map(a_person(mobilephone="0618596225"), ID)
    unusable = a_person(email="JAN@example.nl", mobilephone=UNUSABLE)

    for filled in (of_old, sent.filled):
        assert is_remembered(BY_ADDRESS.map(unusable, ID, filled), "mobileNo")
    assert contact_of(BY_ADDRESS.map(unusable, ID, of_old)).was_filled_at(MOVED)


@pytest.mark.parametrize(
    ("columns", "notes"),
    [
        pytest.param({"lastname": "J#####"}, ("lastName:masked",), id="all but the first sign"),
        pytest.param({"lastname": "***-**-6789"}, ("lastName:masked",), id="all but the end"),
        pytest.param({"lastname": "C# en *sterren*"}, (), id="a text with such signs"),
    ],
)
def test_masked_value_is_no_value(
    plan: MappingPlan, columns: dict[str, ColumnValue], notes: tuple[str, ...]
) -> None:
    """
    What a masking rule left of a text is never sent; a text that has such signs is.
    """
    person = a_person()
    mapped = plan.map(replace(person, columns={**person.columns, **columns}), ID)

    assert mapped.notes == notes
    assert ("lastName" in properties_of(mapped)) is not bool(notes)


def test_looks_prove_nothing_of_an_open_column(plan: MappingPlan) -> None:
    """
    A text of a column that nobody secured is sent as it is, and an address must merely be one.
    """
    unsecured = {"lastname", "emailaddress1"}
    named = a_person(lastname="C#", email="o'neil#1@example.nl")
    sent = plan.map(replace(named, unsecured=unsecured), ID)
    filler = plan.map(replace(a_person(email="geen#"), unsecured=unsecured), ID)

    assert properties_of(sent)["lastName"] == "C#"
    assert properties_of(sent)["email"] == "o'neil#1@example.nl"
    assert (sent.notes, filler.excluded) == ((), Reason.INVALID_EMAIL)


@pytest.mark.parametrize(
    "person",
    [
        pytest.param(a_person(email="j*********@example.nl"), id="masked"),
        pytest.param(
            replace(a_person(email=None), unknown={"emailaddress1": Note.UNREADABLE}), id="secured"
        ),
        pytest.param(
            replace(a_person(email=None), unknown={"emailaddress1": Note.GONE}), id="gone"
        ),
    ],
)
def test_untold_address_excludes_nobody(plan: MappingPlan, person: Record) -> None:
    """
    An address that the CRM keeps from us is not a missing one.
    """
    mapped = plan.map(person, ID)

    assert (mapped.contact, mapped.excluded, mapped.is_untold) == (None, Reason.UNREADABLE, True)


def test_only_emptiness_with_consequences_is_doubted(plan: MappingPlan) -> None:
    """
    Worth a question are a missing address and what would be cleared, unless that is known.
    """
    person = a_person(email=None, lastname=None, firstname=None)
    hidden = replace(person, unknown={"emailaddress1": Note.UNREADABLE})

    assert plan.find_emptied(person, {"lastName=lastname"}) == {"lastName=lastname": "lastname"}
    assert plan.find_emptied(person, ()) == {}
    assert plan.find_no_address(person) == {"emailaddress1"}
    assert plan.find_no_address(hidden) == set()


def test_hash_tells_values_and_not_what_is_cleared(plan: MappingPlan) -> None:
    """
    Once a field is cleared the same row has nothing to send any more.
    """
    sent = plan.map(a_person(), ID)
    clearing = plan.map(a_person(lastname=None), ID, sent.filled)
    cleared = plan.map(a_person(lastname=None), ID, clearing.filled)

    assert contact_of(clearing).clears
    assert not contact_of(cleared).clears
    assert contact_of(clearing).fingerprint == contact_of(cleared).fingerprint
    assert contact_of(cleared).fingerprint != contact_of(sent).fingerprint


@pytest.mark.feature("F112", "F114", "F115")
def test_unusable_value_left_out(plan: MappingPlan) -> None:
    """
    What cannot be sent is left out and noted without its value; the rest is sent.
    """
    person = a_person(
        address1_postalcode="B-1000",
        telephone1="+32 2 555 12 12",
        mobilephone="079-3632921",
        address1_city="x" * 256,
    )

    mapped = plan.map(person, ID)

    assert properties_of(mapped)["firstName"] == "Jan"
    assert (
        properties_of(mapped).keys().isdisjoint({"postalCode", "phoneNumber", "mobileNo", "city"})
    )
    assert mapped.notes == (
        "postalCode:not_dutch",
        "city:too_long",
        "phoneNumber:not_dutch",
        "mobileNo:not_mobile",
    )


@pytest.mark.feature("F112")
@pytest.mark.parametrize(
    ("email", "reason"),
    [
        pytest.param(None, Reason.NO_EMAIL, id="none"),
        pytest.param("  ", Reason.NO_EMAIL, id="blank"),
        pytest.param("jan at example.nl", Reason.INVALID_EMAIL, id="no-address"),
        pytest.param("jän@example.nl", Reason.INVALID_EMAIL, id="not-ascii"),
        pytest.param("a" * 300, Reason.INVALID_EMAIL, id="endless"),
        pytest.param(12, Reason.INVALID_EMAIL, id="number"),
    ],
)
def test_no_usable_email(plan: MappingPlan, email: str | int | None, reason: Reason) -> None:
    """
    Without a usable e-mail address a record is excluded, with the reason.
    """
    assert plan.map(a_person(email=email), ID) == Mapped(None, reason)


def test_email_unmapped_excludes() -> None:
    """
    A table from which no e-mail address is read has nobody to send.
    """
    contacts_only = Mapping(EMAIL, "emailaddress1", None, Converter.EMAIL)
    plan = plan_mappings([contacts_only, *DEFAULT_MAPPINGS[1:]], CATALOGUE)

    assert plan.map(a_person(), ID).contact is not None
    assert plan.map(a_person(a_lead_key()), ID) == Mapped(None, Reason.NO_EMAIL)


@pytest.mark.feature("F46", "F52")
def test_user_mapping_sent() -> None:
    """
    A profile field that a user mapped is sent, in the type of the field.
    """
    orders = Mapping(
        Target.named("profileField2"), "spot_orders", None, Converter.TEXT, Origin.USER
    )

    plan = plan_with(orders)

    assert properties_of(plan.map(a_person(spot_orders="12"), ID))["profileField2"] == 12
    assert plan.map(a_person(spot_orders="x"), ID).notes == ("profileField2:not_integer",)


@pytest.mark.feature("F52")
def test_empty_mapping_sends_nothing() -> None:
    """
    A mapping whose columns are not filled in yet sends nothing and clears nothing.
    """
    waiting = Mapping(Target.named("profileField2"), None, None, Converter.TEXT, Origin.USER)

    assert "profileField2" not in properties_of(plan_with(waiting).map(PERSON, ID))


def test_first_mapping_wins() -> None:
    """
    A user's mapping to the field that is Owner does not take Owner's place.
    """
    rival = Mapping(Target.named("profileField1"), "jobtitle", None, Converter.TEXT, Origin.USER)

    properties = properties_of(plan_with(rival).map(PERSON, ID))

    assert properties["profileField1"] == "Els de Boer"


@pytest.mark.feature("F48", "F115")
def test_foreign_number_in_profile_field() -> None:
    """
    A foreign number goes as it is into a profile field that was made for it.
    """
    foreign = Mapping(
        Target.named("profileField3"), "telephone1", None, Converter.TEXT, Origin.USER
    )
    field = a_property("profileField3", "Foreign phone", kind=PropertyKind.PROFILE)
    plan = plan_mappings(effective_mappings([foreign]), (*CATALOGUE, field))

    mapped = plan.map(a_person(telephone1="+32 2 555 12 12"), ID)

    assert properties_of(mapped)["profileField3"] == "+32 2 555 12 12"
    assert mapped.notes == ("phoneNumber:not_dutch",)


def test_columns_of_contact(plan: MappingPlan) -> None:
    """
    Only mapped columns are read, sorted and each once, lookups marked, constants not at all.
    """
    columns = plan.columns(Table.CONTACT)

    assert list(columns) == sorted(set(columns))
    assert {column.name for column in columns} == {*PERSON.columns}
    assert [c for c in columns if c.is_lookup] == [
        Column("ownerid", is_lookup=True),
        Column("parentcustomerid", is_lookup=True),
    ]


def test_columns_of_lead(plan: MappingPlan) -> None:
    """
    A lead is not asked for what leads do not have, and its company is no lookup.
    """
    columns = plan.columns(Table.LEAD)

    assert Column("companyname") in columns
    assert {"gendercode", "birthdate", "parentcustomerid"}.isdisjoint(c.name for c in columns)
    assert [c.name for c in columns if c.is_lookup] == ["ownerid"]


@pytest.mark.parametrize("first", [Converter.TEXT, Converter.OWNER_NAME])
def test_column_read_once(first: Converter) -> None:
    """
    A column that two mappings read is read once, with its label if one of them needs it.
    """
    second = Converter.OWNER_NAME if first is Converter.TEXT else Converter.TEXT
    mappings = [
        Mapping(Target.named("firstName"), "ownerid", None, first),
        Mapping(Target.named("lastName"), "ownerid", None, second),
    ]

    plan = plan_mappings(mappings, CATALOGUE)

    assert plan.columns(Table.CONTACT) == (Column("ownerid", is_lookup=True),)


@pytest.mark.feature("F50")
def test_property_not_there() -> None:
    """
    A mapping whose property the account does not show is left out and listed.
    """
    catalogue = tuple(p for p in CATALOGUE if p.name not in {"city", "mobileNo"})

    plan = plan_mappings(DEFAULT_MAPPINGS, catalogue)

    assert plan.missing == ("name:city", "type:mobile")
    assert "city" not in properties_of(plan.map(PERSON, ID))
    assert Column("address1_city") not in plan.columns(Table.CONTACT)


@pytest.mark.feature("F21", "F22", "F23", "F24", "F25", "F26")
def test_all_required_named() -> None:
    """
    Every required field that is missing is named at once, in Spotler's words, and whom to ask.
    """
    catalogue = tuple(p for p in CATALOGUE if p.label not in {"Type", "Birthday", "Owner"})

    with pytest.raises(ConfigurationError) as refusal:
        plan_mappings(DEFAULT_MAPPINGS, catalogue)

    assert "Type (vrij veld), Birthday (contactveld), Owner (profielveld)" in str(refusal.value)
    assert "support desk" in str(refusal.value)


@pytest.mark.feature("F24", "F26")
def test_one_required_of_wrong_kind() -> None:
    """
    A required field on the wrong screen counts as missing, and only it is named.
    """
    catalogue = tuple(
        replace(p, kind=PropertyKind.FREE) if p.label == "Owner" else p for p in CATALOGUE
    )

    with pytest.raises(ConfigurationError) as refusal:
        plan_mappings(DEFAULT_MAPPINGS, catalogue)

    assert "Owner (profielveld)" in str(refusal.value)
    assert "Type" not in str(refusal.value)


def test_rename_changes_nothing(plan: MappingPlan) -> None:
    """
    The same person has the same fingerprint after a rename of fields that are found by name.
    """
    renamed = tuple(replace(p, label="x") if p.name == "city" else p for p in CATALOGUE)

    before, after = plan.map(PERSON, ID), plan_mappings(DEFAULT_MAPPINGS, renamed).map(PERSON, ID)

    assert before.contact is not None
    assert after.contact is not None
    assert before.contact.fingerprint == after.contact.fingerprint


@given(data=st.data(), table=st.sampled_from(Table))
def test_anything_can_be_mapped(plan: MappingPlan, table: Table, data: st.DataObject) -> None:
    """
    Whatever a row holds, mapping raises nothing, and what is sent can be written as JSON.
    """
    names = [column.name for column in plan.columns(table)]
    columns = {**dict.fromkeys(names), **data.draw(st.dictionaries(st.sampled_from(names), JSON))}
    labels = data.draw(st.dictionaries(st.sampled_from(names), st.text()))
    email = data.draw(st.sampled_from(["jan@example.nl", columns["emailaddress1"]]))
    key = a_contact_key() if table is Table.CONTACT else a_lead_key()

    mapped = plan.map(Record(key, 1, columns | {"emailaddress1": email}, labels), ID)

    assert (mapped.contact is None) is (mapped.excluded is not None)
    if mapped.contact is not None:
        assert mapped.contact.fingerprint
        sent = json.dumps(dict(mapped.contact.properties), ensure_ascii=False, allow_nan=False)
        assert len(sent.encode()) < 20_000
