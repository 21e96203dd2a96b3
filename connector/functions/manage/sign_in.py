"""Where to sign in, and as whom somebody did."""

import azure.functions as func

from connector.adapters.manage_api.sign_in import MeView, SignInView
from connector.bootstrap import sign_in_settings
from connector.domain.caller import Caller
from connector.domain.role import Role
from connector.functions.manage.freshness import shown
from connector.functions.manage.guard import NOT_CONFIGURED, guarded, public
from connector.functions.manage.problems import RefusedError

bp = func.Blueprint()


@bp.function_name("manage_sign_in")
@bp.route("manage/sign-in", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@public(answers=SignInView)
async def sign_in(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the host's contract
    """Say where the page signs people in, as which client, and what it asks for there."""
    settings = sign_in_settings()
    if settings is None or (issuer := settings.entra_issuer()) is None:
        raise RefusedError(*NOT_CONFIGURED)

    # An application that asks for a token for itself must do so by its id, not by its name.
    scopes = ["openid", "profile", f"{settings.entra_client}/.default"]

    return shown(SignInView(authority=issuer, client_id=str(settings.entra_client), scopes=scopes))


@bp.function_name("manage_me")
@bp.route("manage/me", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=MeView)
async def me(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Say by which id and in which roles somebody signed in."""
    return shown(MeView(object_id=caller.object_id, roles=sorted(caller.roles)))
