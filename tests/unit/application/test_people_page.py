"""A page of people is read by the mappings of this moment."""

from connector.application.people_page import read_people_page
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.mapping import Mapping, Origin, Target
from connector.domain.property import Catalogue, PropertyKind
from tests.builders import a_catalogue, a_person, a_property
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing
from tests.jobs import a_job


class ForgetfulMarketing(FakeMarketing):
    """Knows new fields only when it looks now."""

    async def check(self) -> Catalogue:
        self.catalogue = (
            *a_catalogue(),
            a_property("profileField3", "Functie", kind=PropertyKind.PROFILE),
        )

        return self.catalogue


async def test_job_works_by_what_was_just_changed() -> None:
    """
    A job fills a field that was shown and mapped on another host a moment ago.
    """
    field = Target.named("profileField3")
    mappings = FakeMappings(Mapping(field, "jobtitle", None, Converter.TEXT, Origin.USER))
    mappings.stale = []

    page = await read_people_page(
        a_job(),
        crm=FakeCrm(a_person(jobtitle="Bakker")),
        marketing=ForgetfulMarketing(),
        mappings=mappings,
    )

    assert "jobtitle" in {column.name for column in page.plan.columns(Table.CONTACT)}
    assert page.records[0].value("jobtitle") == "Bakker"
