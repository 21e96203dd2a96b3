"""What Dataverse and Entra answer, as far as we read it."""

from pydantic import BaseModel, ConfigDict, Field

from connector.domain.contact import ColumnValue

type Row = dict[str, ColumnValue]


class Answer(BaseModel):
    """Ignores what we do not read, and never repeats what it was given in an error."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Page(Answer):
    """Is one page of rows, and where the next one is."""

    rows: list[Row] = Field(alias="value")
    next_link: str | None = Field(default=None, alias="@odata.nextLink")


class Counts(Answer):
    """Is how many rows tables have, by the tables' names."""

    names: list[str] = Field(alias="Keys")
    values: list[int] = Field(alias="Values")


class CountAnswer(Answer):
    """Is the answer to a question for counts."""

    counts: Counts = Field(alias="EntityRecordCountCollection")


class Refusal(Answer):
    """Is why the Web API refused: its own code, and a text that may hold personal data."""

    code: str = ""
    message: str = ""


class RefusalBody(Answer):
    """Is the body of a refusal."""

    error: Refusal


class TokenAnswer(Answer):
    """Is a token from Entra and the seconds for which it is good."""

    access_token: str = Field(min_length=1)
    expires_in: float = Field(gt=0)


class TokenRefusal(Answer):
    """Is why Entra refused: the error of OAuth, and Entra's own numbers for it."""

    error: str = Field(default="", pattern=r"^\w{0,64}$")
    error_codes: tuple[int, ...] = ()
