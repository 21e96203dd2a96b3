import pytest

from connector.domain.caller import Caller
from connector.domain.role import ForbiddenError, Role


def is_allowed(needed: Role, *roles: Role) -> bool:
    try:
        Caller("object-id", frozenset(roles)).check_may(needed)
    except ForbiddenError:
        return False

    return True


@pytest.mark.feature("F60", "F62", "F63")
@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        pytest.param((), set(), id="nobody"),
        pytest.param((Role.READER,), {Role.READER}, id="reader"),
        pytest.param((Role.ADMIN,), {Role.READER, Role.ADMIN}, id="administrator"),
        pytest.param((Role.READER, Role.ADMIN), {Role.READER, Role.ADMIN}, id="both"),
    ],
)
def test_administrator_may_all(roles: tuple[Role, ...], allowed: set[Role]) -> None:
    """
    A reader may read, an administrator may all that a reader may, and who has no role nothing.
    """
    assert {needed for needed in Role if is_allowed(needed, *roles)} == allowed


def test_refusal_names_the_role() -> None:
    """
    Who may not is told which role is missing, as the administrator of Entra knows it.
    """
    with pytest.raises(ForbiddenError, match=r"the role Connector\.Admin must be given"):
        Caller("object-id", frozenset({Role.READER})).check_may(Role.ADMIN)
