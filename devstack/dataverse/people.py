"""People who do not exist: plausible, Dutch for the most part, and the same for the same seed."""

import dataclasses
import datetime as dt
import random
import unicodedata
from collections.abc import Iterator, Mapping

from devstack.dataverse.dutch import (
    DOMAINS,
    FOREIGN,
    INFIXED,
    INFIXES,
    JOBS,
    KINDS,
    MEN,
    NAMES,
    STREETS,
    TOWNS,
    WOMEN,
)
from devstack.dataverse.values import Choice, Value

_MAN, _WOMAN = 1, 2

# How often something is so.
_WITH_LANDLINE = 0.6
_WITH_MOBILE = 0.8
_FOREIGN_MOBILE = 0.06
_WITHOUT_EMAIL = 0.08
_WITH_INFIX = 0.35
_WITH_GENDER = 0.9
_WITH_BIRTHDAY = 0.7
_UNWILLING = 0.1

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXZ"
_NEVER_ISSUED = frozenset({"SA", "SD", "SS"})
_FIRST_BIRTHDAY = dt.date(1931, 1, 1)
_BIRTHDAYS = 27_000


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """A made-up person: the columns that contacts and leads share, and those of contacts alone."""

    shared: Mapping[str, Value]
    private: Mapping[str, Value]


def people(count: int, seed: int) -> Iterator[Person]:
    """Make up people; the same seed gives the same people in the same order."""
    dice = random.Random(f"people-{seed}")
    for number in range(count):
        yield _person(dice, number)


def companies(count: int, seed: int) -> Iterator[str]:
    """Make up names of companies."""
    dice = random.Random(f"companies-{seed}")
    for _ in range(count):
        yield f"{dice.choice(NAMES)} {dice.choice(KINDS)} {dice.choice(('B.V.', 'N.V.', 'VOF'))}"


def _person(dice: random.Random, number: int) -> Person:
    gender = dice.choice((_MAN, _WOMAN))
    first = dice.choice(MEN if gender == _MAN else WOMEN)
    infix, last = _last_name(dice)
    town, digits, area = dice.choice(TOWNS)
    shared: dict[str, Value] = {
        "firstname": first,
        "middlename": infix,
        "lastname": last,
        "jobtitle": dice.choice(JOBS),
        "emailaddress1": _email(dice, first, infix, last, number),
        "telephone1": _landline(dice, area) if dice.random() < _WITH_LANDLINE else None,
        "mobilephone": _mobile(dice) if dice.random() < _WITH_MOBILE else None,
        "address1_line1": f"{dice.choice(STREETS)} {dice.randint(1, 240)}",
        "address1_postalcode": _postcode(dice, digits),
        "address1_city": town,
        "address1_country": "Nederland",
        "donotbulkemail": dice.random() < _UNWILLING,
    }
    private: dict[str, Value] = {
        "gendercode": Choice(gender) if dice.random() < _WITH_GENDER else None,
        "birthdate": _birthday(dice) if dice.random() < _WITH_BIRTHDAY else None,
    }

    return Person(_filled(shared), _filled(private))


def _last_name(dice: random.Random) -> tuple[str | None, str]:
    if dice.random() < _WITH_INFIX:
        return dice.choice(INFIXES), dice.choice(INFIXED)

    return None, dice.choice(NAMES)


def _email(
    dice: random.Random, first: str, infix: str | None, last: str, number: int
) -> str | None:
    if dice.random() < _WITHOUT_EMAIL:
        return None

    name = _ascii(f"{first}.{infix or ''}{last}{number}")

    return f"{name}@{dice.choice(DOMAINS)}"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()

    return "".join(letter for letter in plain.lower() if letter.isalnum() or letter == ".")


def _mobile(dice: random.Random) -> str:
    if dice.random() < _FOREIGN_MOBILE:
        return dice.choice(FOREIGN).format(dice.randint(10, 99))

    rest = f"{dice.randint(10_000_000, 59_999_999)}"
    spellings = (
        f"06-{rest}",
        f"06{rest}",
        f"06 {rest[:4]} {rest[4:]}",
        f"+31 6 {rest}",
        f"+316{rest}",
        f"0031 6 {rest[:2]} {rest[2:4]} {rest[4:6]} {rest[6:]}",
        f"(06) {rest}",
    )

    return dice.choice(spellings)


def _landline(dice: random.Random, area: str) -> str:
    rest = f"{dice.randint(2_000_000, 7_999_999)}"
    spellings = (f"{area}-{rest}", f"{area} {rest[:3]} {rest[3:]}", f"+31 {area[1:]} {rest}")

    return dice.choice(spellings)


def _postcode(dice: random.Random, digits: int) -> str:
    letters = "SA"
    while letters in _NEVER_ISSUED:
        letters = dice.choice(_LETTERS) + dice.choice(_LETTERS)

    number = f"{digits}{dice.randint(10, 99)}"

    return dice.choice((f"{number} {letters}", f"{number}{letters}", f"{number} {letters.lower()}"))


def _birthday(dice: random.Random) -> dt.date:
    return _FIRST_BIRTHDAY + dt.timedelta(days=dice.randrange(_BIRTHDAYS))


def _filled(columns: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in columns.items() if value is not None}
