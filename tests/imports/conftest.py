"""Files for the tests of this folder."""

import pytest

from .support import write_csv


@pytest.fixture
def file(tmp_path):
    """A function that writes a CSV of rows."""
    return lambda *rows, name="file.csv": write_csv(tmp_path / name, *rows)
