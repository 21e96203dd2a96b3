"""A secret is told from others, and nobody finds it by what is kept of it."""

from connector.domain.contact import OrganisationId
from connector.domain.refused_call import tag_of

OURS = OrganisationId("00000000-0000-0000-0000-000000000001")
OTHERS = OrganisationId("x" * 100)


def test_secrets_are_told_apart() -> None:
    """
    The same secret has the same tag in one organisation, and the tag is short.
    """
    tag = tag_of(b"the-current-secret", OURS)

    assert tag == tag_of(b"the-current-secret", OURS)
    assert tag != tag_of(b"the-previous-secret", OURS)
    assert tag != tag_of(b"the-current-secret", OTHERS)
    assert len(tag) == 8
