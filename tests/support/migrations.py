"""Dagster's migrations, read once in a process.

Dagster reads the files of all its migrations whenever it opens or makes a database, which takes longer than most
tests. They are the same files each time, and what is read of them is never changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory


@contextmanager
def migrations_read_once() -> Iterator[None]:
    """While the body runs, alembic has one directory of migrations for each place they lie in."""
    read = ScriptDirectory.from_config

    @cache
    def directory(place: str) -> ScriptDirectory:
        config = Config()
        config.set_main_option("script_location", place)
        return read(config)

    def of(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        assert place is not None
        return directory(place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", of)
        yield
