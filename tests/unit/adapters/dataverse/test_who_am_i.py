"""Whether Dataverse is the environment that the settings mean."""

import httpx
import pytest

from connector.adapters.dataverse.who_am_i import DataverseIdentity
from connector.domain.connection import OtherOrganisationError
from connector.domain.errors import ConfigurationError, TransientError
from tests.builders import ORGANISATION
from tests.unit.adapters.dataverse.scripted import Answer, ScriptedDataverse, a_refusal

OTHER = "00000000-1111-2222-3333-444444444444"


def identity_of(answer: Answer) -> DataverseIdentity:
    return DataverseIdentity(ScriptedDataverse(answer).client(), ORGANISATION)


@pytest.mark.parametrize("said", [ORGANISATION, ORGANISATION.upper()])
async def test_our_organisation_is_well(said: str) -> None:
    """
    The organisation of the settings is known in whichever spelling.
    """
    await identity_of(httpx.Response(200, json={"OrganizationId": said})).check()


async def test_other_organisation_is_refused() -> None:
    """
    Another organisation, be it a copy of ours, is refused; the setting at fault is named.
    """
    identity = identity_of(httpx.Response(200, json={"OrganizationId": OTHER}))

    with pytest.raises(OtherOrganisationError, match="DATAVERSE_ORGANISATION_ID") as caught:
        await identity.check()

    assert OTHER not in str(caught.value)


@pytest.mark.parametrize("answer", [{}, {"OrganizationId": 7}, {"OrganizationId": "ours"}])
async def test_silence_about_the_organisation(answer: dict[str, object]) -> None:
    """
    Who does not say which organisation it is comes from something in between.
    """
    with pytest.raises(TransientError, match="which organisation"):
        await identity_of(httpx.Response(200, json=answer)).check()


async def test_stranger_is_refused() -> None:
    """
    A Dataverse that does not know us is told as ever.
    """
    with pytest.raises(ConfigurationError, match="access"):
        await identity_of(a_refusal(403, "0x80072560", "not a member")).check()
