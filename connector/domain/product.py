"""What the product says of itself."""

from typing import Final

VERSION: Final = "0.1.0"
"""Is the version of the package; `pyproject.toml` says the same."""
