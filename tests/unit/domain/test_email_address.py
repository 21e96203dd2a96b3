"""An address is sent only if every mail system understands it."""

import re

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from connector.domain.email_address import to_email_address

LOCALS = st.one_of(
    st.sampled_from(["jan", "Jan.Jansen", "INFO", "Info", "sales", "j.", ".j", "a..b", "a" * 65]),
    st.from_regex(r"[A-Za-z0-9_+.-]{1,66}", fullmatch=True),
    st.text(max_size=8),
)
DOMAINS = st.one_of(
    st.sampled_from(
        ["Example.NL", "example", "x.test", "xn--bcher-kva.nl", "bücher.nl", "[1.2.3.4]", "a_b.nl"]
    ),
    st.builds(
        lambda part, count: ".".join([part] * count) + ".nl", st.just("d" * 60), st.integers(1, 5)
    ),
    st.from_regex(r"[a-z0-9.-]{1,30}", fullmatch=True),
    st.text(max_size=8),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("jan@example.nl", "jan@example.nl", id="plain"),
        pytest.param("Jan.Jansen@Example.NL", "Jan.Jansen@example.nl", id="capitals"),
        pytest.param("o'brien+news@example.nl", "o'brien+news@example.nl", id="odd-but-right"),
        pytest.param("jan@münchen.de", "jan@xn--mnchen-3ya.de", id="foreign-domain"),
        pytest.param("jan@xn--mnchen-3ya.de", "jan@xn--mnchen-3ya.de", id="punycode"),
        pytest.param("jan@mail.example", "jan@mail.example", id="example-domain"),
    ],
)
def test_usable_address(text: str, expected: str) -> None:
    """
    A usable address keeps its first part and has its domain in lower case and plain ASCII.
    """
    assert to_email_address(text) == expected


@pytest.mark.feature("F112")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "jan",
        "jan@",
        "@example.nl",
        "jan@example",
        "jan@@example.nl",
        "jan jansen@example.nl",
        "jan..jansen@example.nl",
        "jan@-example.nl",
        "jan@example..nl",
        "jan@example.nl.",
        "jan@example.nl;piet@example.nl",
        "Jan <jan@example.nl>",
        "mailto:jan@example.nl?subject=x",
        '"jan jansen"@example.nl',
        "jan@[127.0.0.1]",
        "jan@127.0.0.1",
        "jän@example.nl",
        f"{'j' * 65}@example.nl",
        f"jan@{'a.' * 130}nl",
        "jan@intranet.local",
    ],
)
def test_unusable_address(text: str) -> None:
    """
    An address that no ordinary mail system delivers to is not sent.
    """
    assert to_email_address(text) is None


@given(st.emails() | st.text(max_size=80) | st.from_regex(r"[^@]{1,20}@[^@]{1,20}\.nl"))
def test_plain_ascii_only(text: str) -> None:
    """
    Whatever the text, the result is one plain ASCII address that stays the same, or nothing.
    """
    address = to_email_address(text)

    if address is not None:
        assert re.fullmatch(r"[!-?A-~]+@[a-z0-9.-]+", address)
        assert to_email_address(address) == address


@given(LOCALS, DOMAINS)
@example("Jan", "example.nl")
@example("a" * 64, ".".join(["d" * 60] * 3) + ".nl")
def test_same_as_the_library(local: str, domain: str) -> None:
    """
    An address is usable, and written, as the library says of the whole of it.
    """
    text = f"{local}@{domain}"

    assert to_email_address(text) == judged(text)


def judged(text: str) -> str | None:
    try:
        said = validate_email(text, allow_smtputf8=False, strict=True, check_deliverability=False)
    except EmailNotValidError:
        return None

    return said.ascii_email
