"""Who asks: an id and roles, and on purpose no name."""

from dataclasses import dataclass

from connector.domain.role import ForbiddenError, Role


@dataclass(frozen=True, slots=True)
class Caller:
    """Is somebody who signed in."""

    object_id: str
    roles: frozenset[Role]

    def check_may(self, needed: Role) -> None:
        """Raise `ForbiddenError` unless one of the roles suffices."""
        if not any(role.includes(needed) for role in self.roles):
            raise ForbiddenError(f"the role {needed} must be given to who asks")
