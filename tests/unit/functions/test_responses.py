import json
from http import HTTPStatus

from connector.functions.responses import empty, problem


def test_problem_is_for_both_readers() -> None:
    """
    A problem has a stable code for programs and a sentence for people.
    """
    answer = problem(HTTPStatus.FORBIDDEN, "foreign_organisation", "the organisation must be ours")

    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.get_body()) == {
        "title": "Forbidden",
        "status": 403,
        "code": "foreign_organisation",
        "detail": "the organisation must be ours",
    }


def test_empty_answer_is_empty() -> None:
    """
    Where the status says it all there is no body.
    """
    answer = empty(HTTPStatus.ACCEPTED)

    assert (answer.status_code, answer.get_body()) == (202, b"")
