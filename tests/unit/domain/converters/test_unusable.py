"""A refusal tells the reason and nothing else."""

from connector.domain.converters.unusable import Note, UnusableValueError


def test_refusal_shows_note_only() -> None:
    """
    The text of a refusal is its code, so that no value can reach a log.
    """
    assert str(UnusableValueError(Note.NOT_DUTCH)) == "not_dutch"
