"""What a licence code holds: the header that names its key, and the claims."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connector.domain.contact import OrganisationId
from connector.domain.licence import Edition, Licence

TYPE: Final = "connector-licence+jwt"
ISSUER: Final = "connector-licences"
AUDIENCE: Final = "spotler-connector"
VERSION: Final = 1

LATEST: Final = 7_258_118_400
"""The first second of the year 2200: what lies beyond is a mistake."""

STRICT: Final = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _check_printable(text: str) -> str:
    """Keep out what could move the cursor of who looks at a forged code."""
    if not text.isprintable():
        raise ValueError("must be one line of text")

    return text


type Second = Annotated[int, Field(ge=0, lt=LATEST)]
type Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_printable)]


class Header(BaseModel):
    """Holds what comes before the claims, and nothing else: no key and no place to fetch one."""

    model_config = STRICT

    alg: str
    kid: Line
    typ: Literal["connector-licence+jwt"]


class Claims(BaseModel):
    """Holds what is signed; a claim that we do not know might limit what we do."""

    model_config = STRICT

    v: Annotated[int, Field(ge=VERSION, le=VERSION)]
    iss: Literal["connector-licences"]
    aud: Literal["spotler-connector"]
    jti: Line
    sub: UUID
    edition: Edition
    customer: Line
    iat: Second
    nbf: Second
    exp: Second

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.nbf >= self.exp:
            raise ValueError("must begin before it ends")

        return self

    def to_licence(self) -> Licence:
        """Return the claims in our own words."""
        return Licence(
            id=self.jti,
            organisation=OrganisationId(str(self.sub)),
            edition=self.edition,
            customer=self.customer,
            issued_at=datetime.fromtimestamp(self.iat, UTC),
            valid_from=datetime.fromtimestamp(self.nbf, UTC),
            valid_until=datetime.fromtimestamp(self.exp, UTC),
        )

    @classmethod
    def of(cls, licence: Licence) -> Self:
        """Return a licence as claims; raises `ValidationError` for what no code can hold."""
        return cls(
            v=VERSION,
            iss=ISSUER,
            aud=AUDIENCE,
            jti=licence.id,
            sub=UUID(licence.organisation),
            edition=licence.edition,
            customer=licence.customer,
            iat=int(licence.issued_at.timestamp()),
            nbf=int(licence.valid_from.timestamp()),
            exp=int(licence.valid_until.timestamp()),
        )
