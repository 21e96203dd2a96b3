"""What is told of signing in."""

from connector.adapters.manage_api.shape import Shape
from connector.domain.role import Role


class SignInView(Shape):
    """Is where the page signs people in, as which client, and what it asks for there."""

    authority: str
    client_id: str
    scopes: list[str]


class MeView(Shape):
    """Is as whom somebody signed in."""

    object_id: str
    roles: list[Role]
