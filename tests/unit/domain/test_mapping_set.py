"""The mappings as one set: what is stored, what is deleted, and what a change means."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS, effective_mappings
from connector.domain.errors import MappingError
from connector.domain.job import JobKind
from connector.domain.mapping import LOCKED, TYPE, Mapping, Origin, Target
from connector.domain.mapping_set import (
    DEFAULTS,
    MappingSet,
    compare,
    to_changes,
    with_defaults,
)
from tests.mappings import a_wish, wish_for

CITY, GENDER = Target.named("city"), Target.named("gender")
JOB = Mapping(Target.named("profileField3"), "jobtitle", None, Converter.TEXT, Origin.USER)
OTHER_CITY = replace(DEFAULTS[CITY], contact_column="address2_city")
CONTACTS, LEADS = JobKind.CONTACTS_TO_SPOTLER, JobKind.LEADS_TO_SPOTLER


def without(*targets: Target) -> list[Mapping]:
    return [one for one in DEFAULT_MAPPINGS if one.target not in targets]


@pytest.mark.feature("F44")
def test_defaults_need_no_rows() -> None:
    """
    Where nothing differs from the defaults nothing is stored.
    """
    assert to_changes(DEFAULT_MAPPINGS) == ()


@pytest.mark.feature("F56", "F59")
def test_absent_default_is_deleted() -> None:
    """
    A default that is not wanted is remembered as deleted, and is gone.
    """
    changes = to_changes(without(CITY))

    known = MappingSet(changes, "1")
    assert [one.target for one in changes if one.deleted] == [CITY]
    assert known.deleted == (CITY,)
    assert CITY not in {one.target for one in known.effective}


@pytest.mark.feature("F59")
def test_restored_defaults_are_as_born() -> None:
    """
    Restoring brings back what was deleted and what is required, and leaves the rest as it is.
    """
    altered = [
        replace(DEFAULTS[GENDER], lead_column="x"),
        *(replace(DEFAULTS[one], contact_column="other") for one in LOCKED),
    ]
    changes = to_changes([*without(CITY, GENDER, *LOCKED), *altered, JOB])

    after = MappingSet(with_defaults(changes), "2")

    assert after.deleted == ()
    effective = {one.target: one for one in after.effective}
    assert effective[CITY] == DEFAULTS[CITY]
    assert (effective[GENDER].lead_column, effective[JOB.target]) == ("x", JOB)
    assert all(effective[one] == DEFAULTS[one] for one in LOCKED)


@given(
    gone=st.sets(st.sampled_from([one for one in DEFAULTS if one not in LOCKED])),
    altered=st.sets(st.sampled_from([*DEFAULTS])),
    added=st.sets(st.integers(2, 9)),
)
def test_what_is_stored_is_what_is_wanted(
    gone: set[Target], altered: set[Target], added: set[int]
) -> None:
    """
    Whatever is deleted, altered and added: laid over the defaults it is what was wanted.
    """
    wanted = [
        replace(one, contact_column="other") if one.target in altered else one
        for one in without(*gone)
    ]
    wanted += [replace(JOB, target=Target.named(f"profileField{n}")) for n in sorted(added)]

    effective = effective_mappings(to_changes(wanted))

    assert {*effective} == {*wanted}
    assert len(effective) == len(wanted)


@pytest.mark.feature("F54")
@pytest.mark.parametrize(
    ("after", "changed", "fills"),
    [
        pytest.param(DEFAULT_MAPPINGS, (), (), id="nothing"),
        pytest.param([*without(CITY), OTHER_CITY], (CITY,), (CONTACTS,), id="a contact column"),
        pytest.param(
            [*without(CITY), replace(DEFAULTS[CITY], lead_column="address2_city")],
            (CITY,),
            (LEADS,),
            id="a lead column",
        ),
        pytest.param(
            [*without(CITY), replace(DEFAULTS[CITY], converter=Converter.EMAIL)],
            (CITY,),
            (CONTACTS, LEADS),
            id="a converter",
        ),
        pytest.param(
            [*without(CITY), replace(DEFAULTS[CITY], lead_converter=Converter.EMAIL)],
            (CITY,),
            (LEADS,),
            id="the converter of leads",
        ),
        pytest.param([*DEFAULT_MAPPINGS, JOB], (JOB.target,), (CONTACTS,), id="a field more"),
        pytest.param(without(CITY), (CITY,), (), id="a field less"),
        pytest.param(
            [*without(CITY), replace(DEFAULTS[CITY], lead_column=None)],
            (CITY,),
            (),
            id="a column less",
        ),
    ],
)
def test_change_says_what_to_sync(
    after: list[Mapping], changed: tuple[Target, ...], fills: tuple[JobKind, ...]
) -> None:
    """
    A change names its properties, and the syncs by which they are filled for who is there already.
    """
    difference = compare(DEFAULT_MAPPINGS, after)

    assert (difference.changed, difference.fills) == (changed, fills)


@pytest.mark.parametrize("mapping", DEFAULT_MAPPINGS, ids=lambda one: one.target.key)
def test_wish_for_default_is_the_default(mapping: Mapping) -> None:
    """
    A default that comes back from the page as it was is still the default.
    """
    assert wish_for(mapping).to_mapping() == mapping


def test_wish_becomes_mapping() -> None:
    """
    What is added is the user's; a lead converter that says the same as the other is none.
    """
    added = a_wish("name:profileField3", lead_converter=Converter.TEXT).to_mapping()
    altered = a_wish(TYPE.key, "Relatie", converter=Converter.CONSTANT).to_mapping()

    assert added == JOB
    assert altered.origin is Origin.DEFAULT


@pytest.mark.parametrize("target", ["", "name:", "email", "magic:email", ":", "name"])
def test_wish_for_nothing_is_refused(target: str) -> None:
    """
    A target that names nothing is no mapping.
    """
    with pytest.raises(MappingError):
        a_wish(target).to_mapping()
