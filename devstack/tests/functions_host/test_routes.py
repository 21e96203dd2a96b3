"""Route templates as ASP.NET reads them."""

import pytest

from devstack.functions_host.errors import HostError
from devstack.functions_host.routes import Route, RouteTable, Template

_GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        pytest.param("api/x", "/API/X", {}, id="literal in any case"),
        pytest.param("api/x", "/api/xy", None, id="literal is whole"),
        pytest.param("api/a.b", "/api/aXb", None, id="dot is a dot"),
        pytest.param("api/{x}", "/api/1", {"x": "1"}, id="parameter"),
        pytest.param("api/{x}", "/api", None, id="parameter is due"),
        pytest.param("api/{x}", "/api/1/2", None, id="parameter is one segment"),
        pytest.param("api/{x?}", "/api", {}, id="optional absent"),
        pytest.param("api/{x?}", "/api/1", {"x": "1"}, id="optional present"),
        pytest.param("{*rest}", "/a/b", {"rest": "a/b"}, id="rest"),
        pytest.param("a/{*rest}", "/a", {}, id="empty rest"),
        pytest.param("a/{x}/b", "/a/%20/b", {"x": " "}, id="decoded"),
        pytest.param("a/{x}", "/a/b%2Fc", {"x": "b%2Fc"}, id="encoded slash stays"),
        pytest.param("{name}.{kind}", "/a.b", {"name": "a", "kind": "b"}, id="mixed"),
        pytest.param("v{n:int}", "/v12", {"n": "12"}, id="mixed with constraint"),
        pytest.param("v{n:int}", "/vx", None, id="mixed, constraint not met"),
        pytest.param("{x:alpha}", "/abC", {"x": "abC"}, id="alpha"),
        pytest.param("{x:alpha}", "/a1", None, id="not alpha"),
        pytest.param("{x:int}", "/-5", {"x": "-5"}, id="int"),
        pytest.param("{x:int}", "/5.0", None, id="not int"),
        pytest.param("{x:bool}", "/TRUE", {"x": "TRUE"}, id="bool"),
        pytest.param("{x:guid}", f"/{_GUID}", {"x": _GUID}, id="guid"),
        pytest.param("{x:guid}", "/123", None, id="not guid"),
        pytest.param("{x:length(3)}", "/abc", {"x": "abc"}, id="length"),
        pytest.param("{x:length(3)}", "/ab", None, id="not length"),
        pytest.param("{x:length(1,2)}", "/abc", None, id="too long for length"),
        pytest.param("{x:minlength(2)}", "/a", None, id="minlength"),
        pytest.param("{x:maxlength(2)}", "/abc", None, id="maxlength"),
        pytest.param("{x:min(5)}", "/4", None, id="min"),
        pytest.param("{x:max(5)}", "/6", None, id="max"),
        pytest.param("{x:range(1,5)}", "/3", {"x": "3"}, id="range"),
        pytest.param("{x:range(1,5)}", "/x", None, id="range of text"),
        pytest.param("{x:int:min(5)}", "/5", {"x": "5"}, id="two constraints"),
        pytest.param(r"{x:regex(^\d{{2}}$)}", "/12", {"x": "12"}, id="regex"),
        pytest.param(r"{x:regex(^\d{{2}}$)}", "/123", None, id="not regex"),
        pytest.param("{x:int?}", "/", {}, id="optional with constraint"),
    ],
)
def test_template_matches(template: str, path: str, values: dict[str, str] | None) -> None:
    """
    A template gives the parameters of the paths that fit and refuses the others.
    """
    assert Template.parse(template).match(path.rstrip("/")) == values


@pytest.mark.parametrize(
    "template",
    [
        *("{x:unheard}", "{x", "x}", "a{}b", "{x}/{x}", "{1x}"),
        *("{x:regex([)}", "{x:length(long)}", "{x:length()}", "{x:range(1)}", "{x:required(1)}"),
    ],
)
def test_bad_template_is_refused(template: str) -> None:
    """
    A template that cannot be read is refused by name.
    """
    with pytest.raises(HostError, match="route"):
        Template.parse(template)


def test_exact_template_wins() -> None:
    """
    Of several templates that fit, the most exact answers, in whatever order they were declared.
    """
    templates = ["{*rest}", "a/{x}", "a/{x:int}", "a/b"]
    table = RouteTable(Route(Template.parse(text), frozenset(), text) for text in templates)

    found = [table.find("GET", path) for path in ("/a/b", "/a/1", "/a/x", "/z/z/z")]

    assert [one and one[0] for one in found] == ["a/b", "a/{x:int}", "a/{x}", "{*rest}"]


def test_methods_share_a_path() -> None:
    """
    Functions may share a path when their methods differ.
    """
    template = Template.parse("a")
    table = RouteTable(Route(template, frozenset({method}), method) for method in ("GET", "PUT"))

    assert table.find("PUT", "/a") == ("PUT", {})
    assert table.find("POST", "/a") is None


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        pytest.param(("a/{x}", "GET"), ("A/{y}", "GET"), True, id="same"),
        pytest.param(("a", "GET"), ("a", ""), True, id="one-takes-all"),
        pytest.param(("a", "GET"), ("a", "PUT"), False, id="other-method"),
        pytest.param(("a/{x}", "GET"), ("a/{x:int}", "GET"), False, id="more-exact"),
    ],
)
def test_routes_clash(one: tuple[str, str], other: tuple[str, str], clash: bool) -> None:
    """
    Two routes clash when a request may fit both and neither is more exact.
    """
    routes = [
        Route(Template.parse(text), frozenset({method} if method else ()), text)
        for text, method in (one, other)
    ]

    assert routes[0].clashes_with(routes[1]) is clash
