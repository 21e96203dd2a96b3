import pytest

from connector.domain.record_list import Explanation, explain


@pytest.mark.parametrize(
    ("reason", "parts"),
    [
        pytest.param(None, Explanation(), id="none"),
        pytest.param("no_email", Explanation("no_email"), id="alone"),
        pytest.param("rejected:ERROR", Explanation("rejected", "ERROR"), id="with a code"),
        pytest.param(
            "rejected:PROPERTY_INVALID:mobilePhone",
            Explanation("rejected", "PROPERTY_INVALID", "mobilePhone"),
            id="with a property",
        ),
        pytest.param("rejected:A:b:c", Explanation("rejected", "A", "b:c"), id="more than parts"),
    ],
)
def test_reason_in_parts(reason: str | None, parts: Explanation) -> None:
    """
    A reason is a code of ours, perhaps with Spotler's code and the property that it named.
    """
    assert explain(reason) == parts
