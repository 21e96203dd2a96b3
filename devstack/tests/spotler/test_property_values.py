"""What Spotler takes as a value of a property, and what it does not."""

import pytest

from devstack.tests.spotler.client import Caller, upsert
from devstack.tests.spotler.conftest import Start

TAKEN = [
    ("email", "jan@example.nl"),
    ("email", "Jan.O'Neil+nieuws@sub.example-bedrijf.museum"),
    ("gender", "M"),
    ("gender", "F"),
    ("birthday", "1980-02-29"),
    ("postalCode", "1234AB"),
    ("postalCode", "1234 ab"),
    ("phoneNumber", "079-3632921"),
    ("phoneNumber", "0793632921"),
    ("phoneNumber", "0345-123456"),
    ("mobilePhone", "06-18596225"),
    ("mobilePhone", "0618596225"),
    ("firstPurchaseDate", "2026-01-31T10:00:00+01:00"),
    ("firstPurchaseDate", "2026-01-31T10:00:00Z"),
    ("profileField6", "2026-01-31"),
    ("profileField6", "2026-01-31T10:00:00"),
    ("profileField4", 12),
    ("profileField4", -3),
    ("profileField5", "1299"),
    ("lastName", "x" * 255),
    ("lastName", "Müller-Ångström 李"),
]
REFUSED = [
    ("email", "jan"),
    ("email", "jan@example"),
    ("email", "jan @example.nl"),
    ("email", "jan..b@example.nl"),
    ("email", "jan@example.nl\n"),
    ("email", "jan@-example.nl"),
    ("email", "jän@example.nl"),
    ("email", "jan@exampl\u017fe.nl"),
    ("email", f"{'x' * 65}@example.nl"),
    ("email", 5),
    ("gender", "MALE"),
    ("gender", "m"),
    ("birthday", "1980-02-30"),
    ("birthday", "29-02-1980"),
    ("birthday", "1980-02-29T00:00:00Z"),
    ("birthday", 320_630_400_000),
    ("postalCode", "0234 AB"),
    ("postalCode", "1234  AB"),
    ("postalCode", "1234"),
    ("postalCode", "B-1000"),
    ("postalCode", 1234),
    ("phoneNumber", "+31793632921"),
    ("phoneNumber", "079 3632921"),
    ("phoneNumber", "079-363-2921"),
    ("phoneNumber", "079 - 3632921"),
    ("phoneNumber", "0032 2 555 12 12"),
    ("phoneNumber", "\u0660793632921"),
    ("mobilePhone", "+31618596225"),
    ("mobilePhone", "06 18596225"),
    ("mobilePhone", "06-1859622"),
    ("mobilePhone", "0793632921"),
    ("firstPurchaseDate", "2026-01-31"),
    ("firstPurchaseDate", "2026-01-31T10:00:00.000Z"),
    ("firstPurchaseDate", "2026-13-31T10:00:00Z"),
    ("profileField6", "soon"),
    ("profileField4", "12"),
    ("profileField4", True),
    ("profileField4", 2**63),
    ("profileField5", 1299),
    ("profileField5", "12.99"),
    ("lastName", "x" * 256),
    ("lastName", 5),
    ("lastName", ["Berg"]),
    ("permissions", "1"),
    ("permissions", [{"bit": "1", "enabled": True}]),
    ("permissions", [{"bit": True, "enabled": True}]),
    ("permissions", [{"bit": 1}]),
    ("permissions", [{"bit": 64, "enabled": True}]),
    ("shoeSize", "44"),
    ("profileField7", "hidden"),
]


@pytest.mark.feature("F114", "F116")
@pytest.mark.parametrize(("name", "value"), TAKEN)
async def test_value_is_taken(spotler: Caller, name: str, value: object) -> None:
    """
    A valid value is taken and read back as it was written.
    """
    answer = await spotler.post("/contact", upsert("c-1", **{name: value}))

    assert answer.status == 204, answer.text
    assert (await spotler.properties("c-1"))[name] == value


@pytest.mark.feature("F114", "F115")
@pytest.mark.parametrize(("name", "value"), REFUSED)
async def test_value_is_refused(spotler: Caller, name: str, value: object) -> None:
    """
    An invalid value or an unknown property is refused with a message that names it.
    """
    answer = await spotler.post("/contact", upsert("c-1", **{name: value}))

    assert (answer.status, answer.error) == (400, "INVALID_PROPERTY")
    assert answer.data["message"] == f"Property {name} is invalid"


@pytest.mark.parametrize(
    ("grammar", "name", "value", "status"),
    [
        ("lenient", "mobilePhone", "+31 6 18596225", 204),
        ("lenient", "mobilePhone", "0031 6 18596225", 204),
        ("lenient", "mobilePhone", "+31793632921", 400),
        ("lenient", "phoneNumber", "06-18 59 62 25", 204),
        ("lenient", "phoneNumber", "+32 2 555 12 12", 400),
        ("off", "phoneNumber", "+32 2 555 12 12", 204),
        ("off", "phoneNumber", "1" * 256, 400),
        ("off", "mobilePhone", 612345678, 400),
    ],
)
async def test_phone_grammar_has_switch(
    start: Start, grammar: str, name: str, value: object, status: int
) -> None:
    """
    How many spellings of a Dutch number are good is a switch.
    """
    spotler = await start(phone_grammar=grammar)

    answer = await spotler.post("/contact", upsert("c-1", **{name: value}))

    assert answer.status == status


async def test_string_limit_has_switch(start: Start) -> None:
    """
    How long a text may be is a switch.
    """
    spotler = await start(string_limit=3)

    short = await spotler.post("/contact", upsert("c-1", lastName="abc"))
    long = await spotler.post("/contact", upsert("c-1", lastName="abcd"))

    assert (short.status, long.status) == (204, 400)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("birthday", "1980-03-01", 320_713_200_000),
        ("firstPurchaseDate", "2026-01-31T10:00:00+01:00", 1_769_850_000_000),
    ],
)
async def test_dates_read_as_numbers(start: Start, name: str, value: str, read: int) -> None:
    """
    Date properties may read as milliseconds: a switch.
    """
    spotler = await start(date_properties="milliseconds")

    await spotler.has("c-1", **{name: value})

    assert (await spotler.properties("c-1"))[name] == read


async def test_money_reads_as_number(start: Start) -> None:
    """
    Money may read as a number of cents: a switch.
    """
    spotler = await start(money_properties="number")

    await spotler.has("c-1", profileField5="1299")

    assert (await spotler.properties("c-1"))["profileField5"] == 1299


async def test_unknown_bit_may_be_ignored(start: Start) -> None:
    """
    An unknown permission may be ignored: a switch.
    """
    spotler = await start(unknown_bit="ignore")

    await spotler.has("c-1", permissions=[{"bit": 64, "enabled": True}])

    assert spotler.account.people.all()[0].sets == {"permissions": {}}
