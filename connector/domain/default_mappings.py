"""The mappings that everybody starts with, and what administrators made of them."""

from collections.abc import Sequence

from connector.domain.converter import Converter
from connector.domain.mapping import BIRTHDAY, EMAIL, OWNER, TYPE, Mapping, Target
from connector.domain.mapping_locks import is_spoiled
from connector.domain.property import PropertyType


def _both(target: Target, column: str, converter: Converter = Converter.TEXT) -> Mapping:
    return Mapping(target, column, column, converter)


_STREET = Target.named("street")
_COUNTRY = Target.named("country")
_PHONE = Target.named("phoneNumber")

DEFAULT_MAPPINGS: tuple[Mapping, ...] = (
    _both(EMAIL, "emailaddress1", Converter.EMAIL),
    _both(Target.named("firstName"), "firstname"),
    _both(Target.named("infix"), "middlename"),
    _both(Target.named("lastName"), "lastname"),
    Mapping(Target.named("gender"), "gendercode", None, Converter.GENDER),
    Mapping(BIRTHDAY, "birthdate", None, Converter.DATE),
    Mapping(
        Target.named("organisation"),
        "parentcustomerid",
        "companyname",
        Converter.LOOKUP_NAME,
        lead_converter=Converter.TEXT,
    ),
    _both(_STREET, "address1_line1"),
    _both(Target.named("postalCode"), "address1_postalcode", Converter.POSTCODE),
    _both(Target.named("city"), "address1_city"),
    _both(_COUNTRY, "address1_country"),
    _both(_PHONE, "telephone1", Converter.PHONE),
    _both(Target.typed(PropertyType.MOBILE), "mobilephone", Converter.MOBILE),
    Mapping(TYPE, "Contact", "Lead", Converter.CONSTANT),
    _both(OWNER, "ownerid", Converter.OWNER_NAME),
)

RARELY_USED: frozenset[Target] = frozenset({_STREET, _COUNTRY, _PHONE})
"""What audiences and mailings seldom need: the mappings to delete first."""


def effective_mappings(changes: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """Return the defaults with the stored changes laid over them.

    A required mapping cannot be deleted, nor emptied or spoiled, which comes to the same.
    """
    mappings = {mapping.target: mapping for mapping in DEFAULT_MAPPINGS}
    mappings |= {change.target: change for change in changes if not _is_forbidden(change)}

    return tuple(mapping for mapping in mappings.values() if not mapping.deleted)


def _is_forbidden(change: Mapping) -> bool:
    return change.target.required and (change.deleted or is_spoiled(change))
