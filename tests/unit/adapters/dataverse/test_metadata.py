"""Which columns of the metadata can be mapped, and what they are called."""

import httpx
import pytest

from connector.adapters.dataverse.columns import DataverseColumns
from connector.domain.contact import Table
from connector.domain.crm_column import ColumnType, CrmColumn
from connector.domain.errors import TransientError
from tests.unit.adapters.dataverse.scripted import ScriptedDataverse

DUTCH, ENGLISH = 1043, 1033


def an_attribute(name: str, kind: str = "String", **members: object) -> dict[str, object]:
    return {
        "LogicalName": name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "DisplayName": {"LocalizedLabels": [], "UserLocalizedLabel": None},
        "AttributeOf": None,
        "IsValidForRead": True,
        "IsSecured": False,
        **members,
    }


def a_label(text: str, language: int = DUTCH) -> dict[str, object]:
    return {"Label": text, "LanguageCode": language}


def a_crm(*attributes: dict[str, object], days: tuple[str, ...] = ()) -> ScriptedDataverse:
    dates = [{"LogicalName": name, "Format": "DateOnly"} for name in days]

    return ScriptedDataverse(
        httpx.Response(200, json={"value": [{"Attributes": list(attributes)}]}),
        httpx.Response(200, json={"value": [*dates, {"LogicalName": "x", "Format": None}]}),
    )


async def read(*attributes: dict[str, object], days: tuple[str, ...] = ()) -> list[CrmColumn]:
    columns = DataverseColumns(a_crm(*attributes, days=days).client())

    return [*await columns.list_columns(Table.CONTACT)]


@pytest.mark.parametrize(
    "attribute",
    [
        pytest.param(an_attribute("gendercodename", "Virtual"), id="virtual"),
        pytest.param(an_attribute("owneridtype", "EntityName"), id="name of a table"),
        pytest.param(
            an_attribute("entityimage_url", AttributeOf="entityimage"), id="part of another"
        ),
        pytest.param(an_attribute("annualincome_base", "Money"), id="amount in base currency"),
        pytest.param(an_attribute("salt", IsValidForRead=False), id="not readable"),
        pytest.param(an_attribute("parties", "PartyList"), id="parties of an activity"),
        pytest.param(an_attribute("Bad,Name"), id="no name that could be"),
        pytest.param(an_attribute("newer", "Hologram"), id="a type that is new to us"),
        pytest.param(an_attribute("untyped", AttributeType=None), id="no type"),
    ],
)
async def test_what_cannot_be_mapped_is_not_offered(attribute: dict[str, object]) -> None:
    """
    Only a column of its own, that can be read at all, and whose type we know.
    """
    assert [one.name for one in await read(attribute, an_attribute("city"))] == ["city"]


async def test_types_are_told() -> None:
    """
    Choices are told from what is virtual, and days from moments.
    """
    choices = an_attribute(
        "new_interests", "Virtual", AttributeTypeName={"Value": "MultiSelectPicklistType"}
    )
    days = [an_attribute(name, "DateTime") for name in ("birthdate", "createdon")]
    base = an_attribute("new_data_base")

    found = await read(choices, *days, base, days=("birthdate",))

    assert {one.name: one.type for one in found} == {
        "birthdate": ColumnType.DATE,
        "createdon": ColumnType.DATETIME,
        "new_data_base": ColumnType.TEXT,
        "new_interests": ColumnType.CHOICES,
    }


@pytest.mark.parametrize(
    ("display", "dutch", "german"),
    [
        pytest.param(
            {
                "LocalizedLabels": [a_label("Functie"), a_label("Job Title", ENGLISH)],
                "UserLocalizedLabel": a_label("Job Title", ENGLISH),
            },
            "Functie",
            "Job Title",
            id="two languages",
        ),
        pytest.param(
            {"LocalizedLabels": [a_label("Job Title", ENGLISH)], "UserLocalizedLabel": None},
            "Job Title",
            "Job Title",
            id="none of our own",
        ),
        pytest.param(
            {"LocalizedLabels": [], "UserLocalizedLabel": None}, "jobtitle", "jobtitle", id="none"
        ),
        pytest.param(None, "jobtitle", "jobtitle", id="nothing"),
    ],
)
async def test_label_is_found(display: object, dutch: str, german: str) -> None:
    """
    A column is called as in the language asked for, in the environment's own, or by its name.
    """
    [column] = await read(an_attribute("jobtitle", DisplayName=display))

    assert (column.label_in(DUTCH), column.label_in(1031)) == (dutch, german)


async def test_only_our_words_are_asked() -> None:
    """
    The question names the table, what to tell and which columns, and nothing else.
    """
    crm = a_crm()

    await DataverseColumns(crm.client()).list_columns(Table.LEAD)

    [asked] = crm.requests
    assert asked.url.path == "/api/data/v9.2/EntityDefinitions"
    assert asked.url.params["$filter"] == "LogicalName eq 'lead'"


async def test_nonsense_comes_back_later() -> None:
    """
    An answer that is no metadata comes from something in between.
    """
    crm = ScriptedDataverse(httpx.Response(200, json={"value": [{"Attributes": "none"}]}))

    with pytest.raises(TransientError, match="metadata"):
        await DataverseColumns(crm.client()).list_columns(Table.CONTACT)
