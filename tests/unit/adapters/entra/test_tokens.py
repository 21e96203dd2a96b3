import base64
import json
import random
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connector.adapters.entra.tokens import LONGEST_TOKEN, EntraSignIn
from connector.domain.caller import Caller
from connector.domain.errors import TransientError
from connector.domain.role import Role, UnauthorisedError
from tests.unit.adapters.entra.authority import (
    APPLICATION,
    HOST,
    ISSUER,
    OTHER,
    OURS,
    PERSON,
    TENANT,
    THEIRS,
    Authority,
    claims,
    minted,
    published,
)

NOW = int(time.time())
TOMORROW = NOW + 24 * 3600  # a test may begin long after it was collected
PEM = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def sign_in(authority: Authority) -> EntraSignIn:
    return authority.sign_in()


def segment(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()

    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def confused(secret: bytes) -> str:
    """Return a token of HS256 whose secret is our public key, as PyJWT itself refuses to sign."""
    head = f"{segment({'alg': 'HS256', 'kid': 'ours'})}.{segment(claims())}"
    signature = jwt.get_algorithm_by_name("HS256").sign(head.encode(), secret)

    return f"{head}.{segment(signature)}"


async def test_good_token_says_who(sign_in: EntraSignIn) -> None:
    """
    Of a good token we keep the object id and the roles that are ours, and no name.
    """
    token = minted(roles=["Connector.Reader", "Other.Role"], name="Jan de Vries")

    assert await sign_in.identify(token) == Caller(PERSON, frozenset({Role.READER}))


@pytest.mark.parametrize("roles", [None, [], ["Connector.AdminX", "connector.admin", "Admin"]])
async def test_no_role_is_no_fault(sign_in: EntraSignIn, roles: object) -> None:
    """
    Somebody without a role of ours is known, and may nothing.
    """
    caller = await sign_in.identify(minted(roles=roles))

    assert caller.roles == frozenset()


async def test_listed_client_may_hand_on(authority: Authority) -> None:
    """
    A client that an operator put on the list may bring tokens, besides the page itself.
    """
    sign_in = authority.sign_in(OTHER)

    for client in (OTHER, APPLICATION):
        assert (await sign_in.identify(minted(azp=client))).object_id == PERSON


async def test_clocks_may_differ_a_little(sign_in: EntraSignIn) -> None:
    """
    A clock that is half a minute off refuses nobody.
    """
    now = int(time.time())

    early: dict[str, Any] = {"nbf": now + 30, "iat": now + 30}
    late: dict[str, Any] = {"exp": now - 30}
    for times in (early, late):
        assert (await sign_in.identify(minted(**times))).object_id == PERSON


BAD: dict[str, dict[str, Any]] = {
    "other tenant": {"tid": OTHER},
    "no tenant": {"tid": None},
    "issuer of another tenant": {"iss": f"{HOST}/{OTHER}/v2.0"},
    "issuer of version 1": {"iss": f"https://sts.windows.net/{TENANT}/"},
    "issuer with a slash more": {"iss": f"{ISSUER}/"},
    "issuer in a list": {"iss": [ISSUER]},
    "other application": {"aud": OTHER},
    "application by its name": {"aud": f"api://{APPLICATION}"},
    "audiences with ours": {"aud": [APPLICATION, OTHER]},
    "our audience in a list": {"aud": [APPLICATION]},
    "version 1": {"ver": "1.0"},
    "no version": {"ver": None},
    "version as a number": {"ver": 2.0},
    "other client": {"azp": OTHER},
    "no client, as in an id token": {"azp": None},
    "part of a client": {"azp": APPLICATION[:8]},
    "client of version 1": {"azp": None, "appid": APPLICATION},
    "expired": {"exp": NOW - 90},
    "not yet": {"nbf": TOMORROW},
    "issued in the future": {"iat": TOMORROW},
    "no end": {"exp": None},
    "no beginning": {"nbf": None},
    "no issue": {"iat": None},
    "no issuer": {"iss": None},
    "no audience": {"aud": None},
    "end in words": {"exp": "tomorrow"},
    "roles in a text": {"roles": "Connector.AdminX"},
    "right role in a text": {"roles": "Connector.Admin"},
    "roles in an object": {"roles": {"Connector.Admin": True}},
    "a role that is a list": {"roles": [["Connector.Admin"]]},
    "a role that is a number": {"roles": ["Connector.Admin", 1]},
    "no object id": {"oid": None},
    "object id in words": {"oid": "jan"},
    "stranger's key": {"key": THEIRS},
    "unknown key id": {"kid": "unknown"},
    "no key id": {"kid": None},
    "RS512": {"alg": "RS512"},
    "PS256": {"alg": "PS256"},
    "HS256": {"alg": "HS256", "key": "a secret of thirty-two bytes or so"},
    "unsigned": {"alg": "none", "key": ""},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
async def test_bad_token_is_refused(sign_in: EntraSignIn, change: dict[str, Any]) -> None:
    """
    A token that differs in one thing from a good one is no token.
    """
    await sign_in.identify(minted())

    with pytest.raises(UnauthorisedError, match=r"^the token must"):
        await sign_in.identify(minted(**change))


@pytest.mark.parametrize("secret", [PEM, json.dumps(published()).encode()], ids=["PEM", "JWK"])
async def test_public_key_is_no_secret(sign_in: EntraSignIn, secret: bytes) -> None:
    """
    Who signs with our public key as if it were a secret is refused: the algorithm is fixed.
    """
    with pytest.raises(UnauthorisedError, match="RS256"):
        await sign_in.identify(confused(secret))


HEADER, PAYLOAD, SIGNATURE = minted().split(".")
GARBAGE = {
    "nothing": "",
    "a word": "token",
    "two parts": f"{HEADER}.{PAYLOAD}",
    "four parts": f"{HEADER}.{PAYLOAD}.{SIGNATURE}.{SIGNATURE}",
    "no signature": f"{HEADER}.{PAYLOAD}.",
    "another signature": f"{HEADER}.{PAYLOAD}.{segment(b'x' * 256)}",
    "another payload": f"{HEADER}.{segment(claims(roles=['Connector.Admin']))}.{SIGNATURE}",
    "space": f"{HEADER}. {PAYLOAD}.{SIGNATURE}",
    "line break": f"{HEADER}.{PAYLOAD}.{SIGNATURE}\n",
    "beyond ASCII": f"{HEADER}.{PAYLOAD}.é",
    "half a character": f"{HEADER}.{PAYLOAD}.\ud800",
    "no JSON": f"{segment(b'no json')}.{PAYLOAD}.{SIGNATURE}",
    "no UTF-8": f"{segment(bytes([255, 254, 253]))}.{PAYLOAD}.{SIGNATURE}",
    "deep": f"{segment(b'[' * 9000)}.{PAYLOAD}.{SIGNATURE}",
    "list": f"{segment([1])}.{PAYLOAD}.{SIGNATURE}",
    "number for a key id": f"{segment({'alg': 'RS256', 'kid': 1})}.{PAYLOAD}.{SIGNATURE}",
    "own demands": f"{segment({'alg': 'RS256', 'kid': 'ours', 'crit': ['x'], 'x': 1})}.{PAYLOAD}.e",
    "own key": f"{segment({'alg': 'RS256', 'jwk': published(THEIRS)})}.{PAYLOAD}.{SIGNATURE}",
    "long": f"{HEADER}.{PAYLOAD}.{'x' * LONGEST_TOKEN}",
    "huge": "x" * 5_000_000,
}


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_refused(sign_in: EntraSignIn, token: str) -> None:
    """
    What is no token at all is refused in the same way, and never a crash.
    """
    with pytest.raises(UnauthorisedError):
        await sign_in.identify(token)


async def test_any_flipped_character_is_noticed(sign_in: EntraSignIn) -> None:
    """
    Whichever character of a token is changed, it is no longer that token.
    """
    token, chance = minted(), random.Random(20)
    inner = [n for n, c in enumerate(token) if c != "." and token[n + 1 : n + 2].isalnum()]

    for place in chance.sample(inner, 100):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(UnauthorisedError):
            await sign_in.identify(token[:place] + other + token[place + 1 :])


async def test_garbage_asks_entra_nothing(authority: Authority, sign_in: EntraSignIn) -> None:
    """
    What cannot be a token of Entra's is refused without a call.
    """
    no_tokens = [GARBAGE[name] for name in ("nothing", "two parts", "no JSON", "deep", "huge")]
    for token in (*no_tokens, minted(kid=None), minted(alg="RS512"), confused(PEM)):
        with pytest.raises(UnauthorisedError):
            await sign_in.identify(token)

    assert authority.asked == []


async def test_made_up_keys_make_no_storm(authority: Authority, sign_in: EntraSignIn) -> None:
    """
    A flood of tokens with made-up key ids costs Entra one look at most in five minutes.
    """
    await sign_in.identify(minted())

    for number in range(200):
        authority.now += 1
        with pytest.raises(UnauthorisedError):
            await sign_in.identify(minted(kid=f"made-up-{number}"))

    assert authority.fetches == 1


async def test_keys_out_of_reach_are_no_refusal(authority: Authority) -> None:
    """
    When Entra cannot be asked a good token is not called bad: try again.
    """
    authority.odd = [httpx.ConnectError("away")]

    with pytest.raises(TransientError):
        await authority.sign_in().identify(minted())


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_short_key_verifies_nothing(authority: Authority) -> None:
    """
    A published key that can be broken is as good as none.
    """
    short = generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the case
    authority.keys = [published(short)]

    with pytest.raises(UnauthorisedError, match="InvalidKeyError"):
        await authority.sign_in().identify(minted(short))
