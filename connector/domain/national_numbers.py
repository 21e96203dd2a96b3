"""Columns that by their name hold a number by which a state or a bank knows a person.

To mail somebody no such number is needed, and the law lets few use one. Mapping one is no fault:
whoever does so is warned.

https://www.autoriteitpersoonsgegevens.nl/themas/identificatie/burgerservicenummer-bsn
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.mapping import Mapping, Target

CODE: Final = "national_number"

_PREFIX: Final = re.compile(r"\A[a-z][a-z0-9]{1,7}_")
"""What a publisher puts before its columns, and says nothing of what they hold."""

_NUMBER: Final = "(?:nummer|number|nr)"
_LONG: Final = re.compile(
    # An international number is that of a telephone, and a "berekening" no account.
    "governmentid|(?<!inter)nationalid(?!ea)|socialsecurity|citizenservice|burgerservice"
    "|passport|paspoort|reisdocument|rijksregister|identiteitsk|identitycard|bankrekening|bankaccount"
    "|(?:(?<!inter)national|nationaal|sofi|vreemdeling(?:en)?"
    f"|(?<!be)(?<!ver)rekening){_NUMBER}"
)
"""What no other word has in its middle: an underscore may stand anywhere in it."""

_SHORT: Final = re.compile(
    # These are also parts of words, such as businessname: they begin or end a part of a name.
    "(?<![a-z])(?:bsn|ssn|iban|insz)|(?:bsn|ssn|iban|insz)(?![a-z])"
    # And these end others, such as lidnummer: they begin a part of a name.
    f"|(?<![a-z])(?:id_?{_NUMBER}|id_?(?:card|kaart)|persoons_?{_NUMBER})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalNumber:
    """A column of a table that probably holds such a number, and what it is mapped to."""

    target: Target
    table: Table
    column: str


def find_national_numbers(mappings: Iterable[Mapping]) -> Iterator[NationalNumber]:
    """Yield each mapped column whose name says that it holds such a number."""
    for mapping in mappings:
        for table in Table:
            column = mapping.column(table)
            is_text = mapping.converter_for(table) is Converter.CONSTANT
            if column and not is_text and _is_suspect(column.lower()):
                yield NationalNumber(target=mapping.target, table=table, column=column)


def _is_suspect(column: str) -> bool:
    name = _PREFIX.sub("", column)

    return bool(_LONG.search(name.replace("_", "")) or _SHORT.search(name))
