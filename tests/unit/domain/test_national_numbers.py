"""Which columns are taken to hold a national number, by their names."""

import pytest

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.mapping import Mapping, Target
from connector.domain.national_numbers import NationalNumber, find_national_numbers

TARGET = Target.named("profileField7")


def mapped(
    contact: str | None, lead: str | None = None, converter: Converter = Converter.TEXT
) -> Mapping:
    return Mapping(TARGET, contact, lead, converter)


@pytest.mark.parametrize(
    "column",
    [
        *("governmentid", "gac_GovernmentId", "gac_bsn", "gac_bsnnummer", "gac_klantbsn"),
        *("new_burgerservicenummer", "cr1a2_nationalid", "gac_ssn", "gac_ssn1", "ssnnumber"),
        *("new_national_id", "new_nationaalnummer", "new_national_number", "new_government_id"),
        *("new_social_security_number", "new_sofi_nummer", "new_burger_service_nummer"),
        *(
            "new_rijksregister",
            "new_rijksregisternummer",
            "new_persoonsnummer",
            "new_persoons_nummer",
            "new_insz",
        ),
        *("new_idnummer", "new_id_number", "new_klant_idnr", "new_id_kaart", "new_ssnumber"),
        *("new_identiteitskaart", "new_citizenservicenumber", "new_vreemdelingnummer"),
        *("new_bankrekening", "new_bankaccount", "new_bank_account_number", "new_rekening_nr"),
        *("new_rekeningnummer", "new_klantrekeningnummer", "new_klant_bsn", "cr1a2_bsn_oud"),
        *("gac_passportnumber", "gac_paspoortnummer", "gac_iban", "iban2", "gac_klantiban"),
    ],
)
def test_national_numbers_are_known_by_name(column: str) -> None:
    """
    A column that is named after a national number, a passport or a bank account is told.
    """
    assert [*find_national_numbers([mapped(column)])] == [
        NationalNumber(target=TARGET, table=Table.CONTACT, column=column)
    ]


@pytest.mark.parametrize(
    "column",
    [
        *("employeeid", "gac_businessname", "gac_classname", "gac_libanon", "telephone1", None),
        *("new_jobsname", "new_websnapshot", "bsn_city", "iban_city", "new_international_id"),
        *("new_internationalnumber", "new_lidnummer", "new_lid_nummer", "new_paidnumber"),
        *("new_nationality", "new_nationaliteit", "new_nationalidea", "new_candidatenumber"),
        *("new_contactpersoonsnummer", "new_berekeningnummer", "new_verrekeningnr"),
        *("new_sofinesse", "new_national_name", "new_rekening_naam"),
    ],
)
def test_others_are_no_warning(column: str | None) -> None:
    """
    A word that only holds such letters in its middle is none.
    """
    assert [*find_national_numbers([mapped(column)])] == []


def test_each_table_is_looked_at() -> None:
    """
    The columns of contacts and of leads are told apart, and a constant text is no column.
    """
    found = [*find_national_numbers([mapped("firstname", "gac_bsn"), mapped("governmentid")])]

    assert [(one.table, one.column) for one in found] == [
        (Table.LEAD, "gac_bsn"),
        (Table.CONTACT, "governmentid"),
    ]
    constant = mapped("bsn", "bsn", Converter.CONSTANT)
    assert [*find_national_numbers([constant])] == []
