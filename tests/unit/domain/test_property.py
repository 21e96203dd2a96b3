"""Fields are found by what people call them, which people type by hand."""

import pytest

from connector.domain.property import PropertyKind, find_by_label
from tests.builders import a_property


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        pytest.param("Type", "type", id="case"),
        pytest.param(" Type", "Type", id="blank before"),
        pytest.param("Type ", "Type", id="blank behind"),
        pytest.param("\N{NO-BREAK SPACE}Type\N{NO-BREAK SPACE}", "Type", id="no-break space"),
        pytest.param("Type\N{ZERO WIDTH SPACE}", "Type", id="zero width space"),
        pytest.param("\N{ZERO WIDTH NO-BREAK SPACE}Type", "Type", id="byte order mark"),
        pytest.param("Ty\N{SOFT HYPHEN}pe", "Type", id="soft hyphen"),
        pytest.param("Type\N{HANGUL FILLER}", "Type", id="filler"),
        pytest.param("Type\N{VARIATION SELECTOR-16}", "Type", id="variation selector"),
        pytest.param("\x00Type\x7f\t\n", "Type", id="control characters"),
        pytest.param("Date  of\N{NO-BREAK SPACE}birth", "date of birth", id="doubled inside"),
        pytest.param("Date\tof\n birth", "date of birth", id="other blanks inside"),
        pytest.param("Stra\u00dfe", "STRASSE", id="folded"),
    ],
)
def test_label_is_found_as_it_reads(held: str, wanted: str) -> None:
    """
    Two labels that read alike are one, whichever of them is wanted.
    """
    for one, other in ((held, wanted), (wanted, held)):
        field = a_property("freeField1", one, kind=PropertyKind.FREE)

        found = find_by_label([field], other, PropertyKind.FREE)
        assert found is not None
        assert found.label == one


@pytest.mark.parametrize("held", ["Typ e", "Types", "", " ", "T\u00ffpe"], ids=repr)
def test_other_label_is_not_found(held: str) -> None:
    """
    What reads otherwise is another field, and so is one of another kind.
    """
    field = a_property("freeField1", held, kind=PropertyKind.FREE)
    other_kind = a_property("profileField1", "Type", kind=PropertyKind.PROFILE)

    assert find_by_label([field, other_kind], "Type", PropertyKind.FREE) is None


def test_first_of_two_is_found() -> None:
    """
    Of two fields that read alike the first one is found.
    """
    fields = [
        a_property(name, label, kind=PropertyKind.FREE)
        for name, label in (("freeField1", "TYPE\N{NO-BREAK SPACE}"), ("freeField2", "Type"))
    ]

    found = find_by_label(fields, "Type", PropertyKind.FREE)

    assert found is fields[0]
