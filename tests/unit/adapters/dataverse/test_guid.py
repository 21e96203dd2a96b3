"""Ids are written in one way, however they come."""

import pytest

from connector.adapters.dataverse.guid import find_guid, to_guid

GUID = "2d9f6b1a-6c1d-f111-8341-6045bd9c4e03"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(GUID, id="as-we-write-it"),
        pytest.param(GUID.upper(), id="upper-case"),
        pytest.param(f"{{{GUID}}}", id="braces"),
    ],
)
def test_guid_is_normalised(written: str) -> None:
    """
    An id is lower case with dashes, whatever the CRM wrote.
    """
    assert to_guid(written) == GUID


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param(GUID.replace("-", ""), id="no-dashes"),
        pytest.param(f"{GUID} or 1 eq 1", id="injection"),
        pytest.param(f"{GUID}\n", id="line-break"),
        pytest.param("٢" + GUID[1:], id="foreign-digit"),
        pytest.param(None, id="none"),
        pytest.param(7, id="number"),
        pytest.param([GUID], id="list"),
    ],
)
def test_other_values_are_refused(value: object) -> None:
    """
    Nothing but an id passes for one.
    """
    assert find_guid(value) is None
    with pytest.raises(ValueError, match="must be a GUID"):
        to_guid(value)
