"""The real marketing adapter before the simulated vendor, in all the ways that it may behave."""

import asyncio
import json
from dataclasses import replace
from typing import Literal

import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.contact import ExternalId, MarketingContact, PropertyValue, Rejection
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.property import PropertyKind, PropertyType, find_by_label
from devstack.faults import Fault
from devstack.spotler import SpotlerOptions
from tests.contract.marketing_worlds import simulated


def a_contact(external_id: str = "jan", **properties: PropertyValue) -> MarketingContact:
    return MarketingContact(ExternalId(external_id), properties or {"email": "jan@example.nl"})


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", ["error", "empty", "html"])
async def test_wrong_secret_needs_operator(
    status: Literal[401, 403], body: Literal["error", "empty", "html"]
) -> None:
    """
    However Spotler says that it does not know us, an operator must act; a page needs a switch.
    """
    options = SpotlerOptions(auth_status=status, auth_body=body)
    dialect = SpotlerDialect(refuses_key_by_page=body == "html")

    async with simulated(options, secret="wrong", dialect=dialect) as world:
        with pytest.raises(ConfigurationError, match="accept our key"):
            await world.gateway.check()


@pytest.mark.parametrize("status", [401, 403])
async def test_page_says_nothing_of_the_key(status: Literal[401, 403]) -> None:
    """
    A page comes from a proxy for all we know: it passes, and nobody has to look for another key.
    """
    options = SpotlerOptions(auth_status=status, auth_body="html")

    async with simulated(options, secret="wrong") as world:
        with pytest.raises(TransientError, match="key and secret must be looked at too"):
            await world.gateway.check()


@pytest.mark.parametrize("answers", ["all", "refused", "none"])
async def test_list_may_name_a_part(answers: Literal["all", "refused", "none"]) -> None:
    """
    Whomever the answer to a list names, one switch of the dialect makes it complete.
    """
    people = [a_contact(str(n), email=f"c{n}@example.nl") for n in range(3)]
    options, dialect = SpotlerOptions(list_answers=answers), SpotlerDialect(list_answers=answers)

    async with simulated(options, dialect=dialect) as world:
        if answers != "none":
            world.refuse("1", "CONTACT_OPTOUT")
        rejections = await world.gateway.save_contacts(people)

        assert rejections == ({} if answers == "none" else {"1": Rejection("CONTACT_OPTOUT")})
        assert world.properties("2") == {"email": "c2@example.nl"}


@pytest.mark.parametrize(("is_raw", "half"), [(False, "\ufffd"), (True, "\ufffd\ufffd\ufffd")])
async def test_odd_answers_are_read(half: str, *, is_raw: bool) -> None:
    """
    A mark, null for an empty list, half an emoji and a raw tab cost nobody anything.
    """
    options = SpotlerOptions(byte_order_mark=True, empty_lists="null", raw_characters=is_raw)
    async with simulated(options) as world:
        assert await world.gateway.find_by_address("jan@example.nl") == []
        assert await world.gateway.save_contacts([a_contact()]) == {}
        person = world.simulator.account.people.find("jan")
        assert person is not None
        person.properties["firstName"] = "Jan\t\ud83d"

        held = await world.gateway.find_person(ExternalId("jan"))
        assert held is not None
        assert held.value("firstName") == f"Jan\t{half}"
        assert await world.gateway.withdraw_permissions(ExternalId("jan"))


async def test_label_is_found_as_it_reads() -> None:
    """
    A required field is found whatever blanks stand about its label, and shown as Spotler has it.
    """
    async with simulated() as world:
        field = world.simulator.account.fields.visible["freeField1"]
        world.simulator.account.fields.put(replace(field, description="\xa0type "))

        found = find_by_label(await world.gateway.check(), "Type", PropertyKind.FREE)

        assert found is not None
        assert (found.name, found.label) == ("freeField1", "\xa0type ")


async def test_permissions_are_really_off() -> None:
    """
    Withdrawing switches off what was on, and leaves the rest of the person alone.
    """
    async with simulated() as world:
        await world.gateway.save_contacts([a_contact()])
        person = world.simulator.account.people.find("jan")
        assert person is not None
        person.sets["permissions"] = {1: True, 4: True}

        assert await world.gateway.withdraw_permissions(ExternalId("jan"))

        assert world.permissions("jan") == {1: False, 2: False, 4: False}
        assert world.properties("jan") == {"email": "jan@example.nl"}


async def test_unreadable_permission_withdraws_nobody() -> None:
    """
    As long as one permission cannot be read, nobody counts as withdrawn and nothing is sent.
    """
    entries = [{"bit": 1}, {"bit": "2e"}, {"bit": 4}]
    body = json.dumps([{"name": "permissions", "type": "set", "entries": entries}])
    fields = "/integrationservice/contact/properties/list"
    async with simulated() as world:
        await world.gateway.save_contacts([a_contact()])
        world.permit("jan", {1: True, 2: True, 4: True})
        fault = Fault(status=200, path=fields, body=body, content_type="application/json")
        world.simulator.faults.set(fault)
        await world.gateway.check()

        with pytest.raises(ConfigurationError, match="each permission"):
            await world.gateway.withdraw_permissions(ExternalId("jan"))
        assert world.permissions("jan") == {1: True, 2: True, 4: True}

        world.simulator.faults.set()
        await world.gateway.check()
        assert await world.gateway.withdraw_permissions(ExternalId("jan"))
        assert world.permissions("jan") == {1: False, 2: False, 4: False}


@pytest.mark.parametrize("status", [200, 202])
async def test_empty_answer_is_not_done(status: int) -> None:
    """
    An answer without a body that is no 204 says nothing: whoever leaves is withdrawn later.
    """
    async with simulated() as world:
        await world.gateway.save_contacts([a_contact()])
        world.permit("jan", {1: True})
        fault = Fault(status=status, method="PUT", body="", content_type="application/json")
        world.simulator.faults.set(fault)

        for leave in (world.gateway.withdraw_permissions, world.gateway.anonymise):
            with pytest.raises(TransientError, match="body must fit its status"):
                await leave(ExternalId("jan"))

        world.simulator.faults.set()
        assert await world.gateway.withdraw_permissions(ExternalId("jan"))
        assert world.permissions("jan")[1] is False


async def test_person_is_really_anonymous() -> None:
    """
    Anonymising leaves nothing that says who it was.
    """
    async with simulated() as world:
        await world.gateway.save_contacts([a_contact()])

        assert await world.gateway.anonymise(ExternalId("jan"))

        assert world.properties("jan") == {}


@pytest.mark.parametrize("external_id", ["a b+c", "é&=?#", "a%2Fb", "~jan_1-2.3"])
async def test_any_id_is_addressed(external_id: str) -> None:
    """
    Whatever an id holds, its path is encoded, and signed as it was encoded.
    """
    async with simulated() as world:
        await world.gateway.save_contacts([a_contact(external_id)])

        assert await world.gateway.withdraw_permissions(ExternalId(external_id))
        assert world.permissions(external_id)[1] is False


@pytest.mark.parametrize("echo_values", [False, True])
async def test_rejection_names_property(echo_values: bool) -> None:
    """
    The property at fault is named, whether or not Spotler repeats its value.
    """
    async with simulated(SpotlerOptions(echo_values=echo_values)) as world:
        rejections = await world.gateway.save_contacts(
            [
                a_contact("a", email="a@example.nl", postalCode="B-2000"),
                a_contact("b", email="b@example.nl", postalCode="1234 AB"),
                a_contact("c", email="c@example.nl", hidden="x"),
                a_contact("d", email="d@example.nl", firstName="x" * 256),
            ]
        )

        assert rejections == {
            "a": Rejection("PROPERTY_INVALID", "postalCode"),
            "c": Rejection("PROPERTY_INVALID", "hidden"),
            "d": Rejection("PROPERTY_INVALID", "firstName"),
        }
        assert world.properties("b")["postalCode"] == "1234 AB"


async def test_every_type_can_be_cleared() -> None:
    """
    A property of any type that can be mapped is emptied by None.
    """
    full: dict[str, PropertyValue] = {
        "email": "jan@example.nl",
        "firstName": "Jan",
        "gender": "M",
        "birthday": "1980-02-29",
        "postalCode": "1234 AB",
        "phoneNumber": "079-3632921",
        "mobilePhone": "06-18596225",
        "firstPurchaseDate": "2026-01-31T10:00:00+01:00",
        "profileField4": 12,
        "profileField5": "1995",
        "profileField6": "2026-01-31",
    }
    async with simulated() as world:
        assert await world.gateway.save_contacts([a_contact("jan", **full)]) == {}
        assert world.properties("jan") == full

        emptied = dict.fromkeys(full) | {"email": "jan@example.nl"}
        assert await world.gateway.save_contacts([a_contact("jan", **emptied)]) == {}
        assert world.properties("jan") == {"email": "jan@example.nl"}


@pytest.mark.parametrize(
    ("options", "dialect"),
    [
        pytest.param(
            SpotlerOptions(null_clears=False),
            SpotlerDialect(cleared_by_empty_text=frozenset(PropertyType)),
            id="by text only",
        ),
        pytest.param(
            SpotlerOptions(empty_clears=False),
            SpotlerDialect(cleared_by_empty_text=frozenset()),
            id="by null only",
        ),
    ],
)
async def test_dialect_fits_other_clearing(
    options: SpotlerOptions, dialect: SpotlerDialect
) -> None:
    """
    Should Spotler clear in one way only, a switch of the dialect is enough.
    """
    async with simulated(options, dialect=dialect) as world:
        await world.gateway.save_contacts([a_contact("jan", firstName="J", birthday="1980-02-29")])
        await world.gateway.save_contacts([a_contact("jan", firstName=None, birthday=None)])

        assert world.properties("jan") == {}


@pytest.mark.parametrize("kind", ["reset", "garbage"])
async def test_broken_line_passes(kind: Literal["reset", "garbage"]) -> None:
    """
    A line that breaks, or nonsense from in between, is a transient error.
    """
    async with simulated() as world:
        await world.gateway.get_catalogue()
        world.simulator.faults.set(Fault(kind=kind, times=1))

        with pytest.raises(TransientError):
            await world.gateway.save_contacts([a_contact()])

        assert world.simulator.account.people.find("jan") is None


async def test_lost_answer_is_harmless() -> None:
    """
    When only the answer is lost, saving again ends in the same state.
    """
    async with simulated() as world:
        await world.gateway.get_catalogue()
        world.simulator.faults.set(Fault(kind="reset_after", path="/", times=1))

        with pytest.raises(TransientError):
            await world.gateway.save_contacts([a_contact()])

        assert await world.gateway.save_contacts([a_contact()]) == {}
        assert len(world.simulator.account.people) == 1


async def test_whole_call_refused_for_one() -> None:
    """
    Somebody who makes Spotler refuse the whole call is found, and the others are saved.
    """
    people = [a_contact(f"c-{n}", email=f"c{n}@example.nl") for n in range(100)]
    people[41] = MarketingContact(ExternalId(""), {"email": "nobody@example.nl"})

    async with simulated() as world:
        rejections = await world.gateway.save_contacts(people)

        assert rejections == {"": Rejection("INVALID_PARAMS", is_transient=True)}
        assert len(world.simulator.account.people) == 99


async def test_lists_side_by_side() -> None:
    """
    Many lists at once share the pool, and each signature has a nonce of its own.
    """
    lists = [
        [a_contact(f"{page}-{n}", email=f"p{page}.{n}@example.nl") for n in range(20)]
        for page in range(30)
    ]
    async with simulated() as world:
        answers = await asyncio.gather(*map(world.gateway.save_contacts, lists))

        assert answers == [{}] * 30
        assert len(world.simulator.account.people) == 600


async def test_same_mail_takes_over() -> None:
    """
    An account that recognises people by e-mail gives the older one the newer external id.
    """
    async with simulated(SpotlerOptions(dedupe="email,externalId")) as world:
        await world.gateway.save_contacts([a_contact("lead", email="jan@example.nl")])

        assert await world.gateway.save_contacts([a_contact("jan", email="JAN@example.nl")]) == {}
        assert await world.gateway.withdraw_permissions(ExternalId("lead")) is False
        assert await world.gateway.withdraw_permissions(ExternalId("jan")) is True


async def test_vendor_gone_is_transient() -> None:
    """
    A vendor that is not there at all is a transient error, and is found again when it is back.
    """
    async with simulated() as world:
        await world.gateway.check()
        await world.simulator.stop()

        with pytest.raises(TransientError, match="reachable"):
            await world.gateway.check()

        await world.simulator.start()
        assert await world.gateway.check()
