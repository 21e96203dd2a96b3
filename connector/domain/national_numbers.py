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

_SUSPECT: Final = re.compile(
    "governmentid|nationalid|socialsecurity|burgerservice|sofinummer|passport|paspoort|bsn"
    # Short ones are also parts of words, such as businessname: they begin or end a part of a name.
    "|(?<![a-z])(?:ssn|iban)|(?:ssn|iban)(?![a-z])"
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
            if column and not is_text and _SUSPECT.search(column.lower()):
                yield NationalNumber(target=mapping.target, table=table, column=column)
