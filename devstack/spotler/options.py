"""The switches of the simulator: what the vendor never said, each way it may turn out."""

import argparse
import dataclasses
import math
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _switch(meaning: str, *, default: Any) -> Any:  # noqa: ANN401  # any type, as dataclasses.field
    return dataclasses.field(default=default, metadata={"help": meaning})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SpotlerOptions:
    """How this Spotler behaves where nothing public proves it; the defaults are most plausible."""

    auth_status: Literal[401, 403] = _switch("status of a refused signature", default=401)
    auth_body: Literal["error", "empty", "html"] = _switch(
        "body of a refused signature", default="error"
    )
    timestamp_window: int = _switch(
        "seconds that a timestamp may be off; 0 accepts any", default=300
    )
    refuse_replay: bool = _switch("refuse a nonce that was used before", default=True)

    contact_dates: Literal["milliseconds", "seconds", "iso"] = _switch(
        "form of created, lastChanged, createdAt and the bounce feed's date", default="milliseconds"
    )
    mailing_dates: Literal["iso", "milliseconds", "seconds"] = _switch(
        "form of all other dates: mailings, opens, clicks, histories, interactions", default="iso"
    )
    date_properties: Literal["iso", "milliseconds"] = _switch(
        "form in which birthdate, date and dateTime properties are read", default="iso"
    )
    money_properties: Literal["text", "number"] = _switch("form of cents when read", default="text")
    accepted_dates: Literal["seconds", "any"] = _switch(
        "seconds precision only, or also milliseconds and bare dates", default="seconds"
    )
    default_zone: str = _switch("zone of a date without offset", default="Europe/Amsterdam")

    window_end: Literal["exclusive", "inclusive"] = _switch(
        "end of a date window", default="exclusive"
    )
    feed_order: Literal["ascending", "descending"] = _switch(
        "order of the updates", default="ascending"
    )
    whole_days: bool = _switch(
        "a window is taken as whole days, whatever time its ends say", default=False
    )
    last_page: Literal["empty-paging", "no-paging", "next-anyway", "after-only"] = _switch(
        "what the paging of the last page looks like", default="empty-paging"
    )
    own_writes_in_feed: bool = _switch("writes through the API appear in the updates", default=True)
    campaign_mail_in_feeds: bool = _switch("interaction feeds include campaign mail", default=False)

    phone_grammar: Literal["strict", "lenient", "off"] = _switch(
        "Dutch phone and mobile numbers: bare digits and one dash, also +31 and spaces, any",
        default="strict",
    )
    string_limit: int = _switch("characters that a string property may have", default=255)
    null_clears: bool = _switch(
        "a JSON null clears a property; otherwise it is ignored", default=True
    )
    empty_clears: bool = _switch(
        "an empty text clears; otherwise it must be a valid value", default=True
    )
    unknown_bit: Literal["refuse", "ignore"] = _switch(
        "an unknown bit of a set property", default="refuse"
    )
    echo_values: bool = _switch("messages about a refused property repeat its value", default=False)
    purge_clears_permissions: bool = _switch("purge also clears permissions left out", default=True)
    permission_reads: Literal["all", "set-only"] = _switch(
        "reads list every option of a set, also of one that was never given a value, "
        "or only the options that were ever set",
        default="all",
    )
    list_answers: Literal["all", "refused", "none"] = _switch(
        "whom the answer to a batch names: all, the refused, nobody (204 without a body)",
        default="all",
    )
    needed_channel: Literal["none", "address", "sent"] = _switch(
        "what a new contact needs: nothing, an e-mail or mobile, an active channel in the request",
        default="none",
    )
    inactive_reads: Literal["permissions-off", "unchanged"] = _switch(
        "how the permissions of an inactive contact read", default="permissions-off"
    )
    dedupe: Literal["externalId", "email,externalId"] = _switch(
        "the account's rules to find an existing contact, in order", default="externalId"
    )

    require_content_type: bool = _switch("refuse a body without Content-Type", default=False)
    require_accept: bool = _switch(
        "refuse who does not ask for JSON and would get XML", default=True
    )
    list_quota: int = _switch("temporary lists that an account may have", default=1000)
    list_call_limit: int = _switch(
        "members that one temporary list call may carry; 0 is any", default=0
    )
    empty_lists: Literal["list", "null"] = _switch(
        "what stands in answers where a list has no entries", default="list"
    )
    byte_order_mark: bool = _switch("answers begin with a byte order mark", default=False)
    raw_characters: bool = _switch(
        "tabs and line ends in texts are not escaped, and half a character is three bytes",
        default=False,
    )
    requests_per_second: float = _switch("answer 429 above this rate; 0 never does", default=0.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give the command line one flag for each switch."""
    group = parser.add_argument_group("behaviour that the vendor does not document")
    for name, kind, field in _switches():
        flag = f"--{name.replace('_', '-')}"
        described: dict[str, Any] = {"default": field.default, "help": field.metadata["help"]}
        if kind is bool:
            group.add_argument(flag, action=argparse.BooleanOptionalAction, **described)
        elif choices := typing.get_args(kind):
            group.add_argument(flag, type=type(choices[0]), choices=choices, **described)
        else:
            group.add_argument(flag, type=_reader(name, kind), **described)


def options_from(arguments: argparse.Namespace) -> SpotlerOptions:
    """Return the options that the command line chose."""
    return SpotlerOptions(**{name: getattr(arguments, name) for name, _, _ in _switches()})


def changed(options: SpotlerOptions, wanted: Mapping[str, object]) -> SpotlerOptions:
    """Return options with some switches turned, or raise ValueError for one that cannot be."""
    kinds = {name: kind for name, kind, _ in _switches()}
    for name, value in wanted.items():
        if name not in kinds:
            raise ValueError(f"there is no switch {name}")

        choices = typing.get_args(kinds[name])
        # JSON writes a whole number without its point.
        fits = type(value) in ((int, float) if kinds[name] is float else (kinds[name],))
        if choices and value not in choices:
            raise ValueError(f"{name} must be one of {choices}")

        if not choices and not fits:
            raise ValueError(f"{name} must be of type {kinds[name].__name__}")

        _check(name, value)

    return dataclasses.replace(options, **dict(wanted))  # type: ignore[arg-type]  # checked above


def _reader(name: str, kind: type) -> Callable[[str], object]:
    """Return what reads a switch from the command line and says what is wrong with it."""

    def read(text: str) -> object:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is no number") from None

        try:
            _check(name, value)
        except ValueError as exc:
            raise argparse.ArgumentTypeError(str(exc)) from exc

        return value

    return read


def _check(name: str, value: object) -> None:
    if name == "default_zone":
        _check_zone(str(value))

    if isinstance(value, int | float) and not 0 <= value < math.inf:
        raise ValueError(f"{name} must be at least 0")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"there is no time zone '{name}'") from exc


def _switches() -> Iterator[tuple[str, Any, dataclasses.Field[Any]]]:
    kinds = typing.get_type_hints(SpotlerOptions)
    for field in dataclasses.fields(SpotlerOptions):
        yield field.name, kinds[field.name], field


def as_json(options: SpotlerOptions) -> dict[str, object]:
    """Return every switch by name."""
    return dataclasses.asdict(options)
