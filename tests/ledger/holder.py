"""Another process that keeps the ledger to itself: ``python -m tests.ledger.holder lock|open PATH``.

It says ``ready`` and lets go when a line arrives on its standard input.
"""

import sys
from pathlib import Path


def wait_for_the_word() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def lock(path: Path) -> None:
    """Hold the ledger's lock, as another Recoil does."""
    from resources.ledger import kernel_lock  # noqa: PLC0415  each way to hold starts as fast as it can

    with kernel_lock.held(path.with_name(f"{path.name}.lock")) as mine:
        assert mine
        wait_for_the_word()


def open_file(path: Path) -> None:
    """Hold the DuckDB file itself, as a DuckDB shell does."""
    import duckdb  # noqa: PLC0415  each way to hold starts as fast as it can

    with duckdb.connect(path):
        wait_for_the_word()


if __name__ == "__main__":
    {"lock": lock, "open": open_file}[sys.argv[1]](Path(sys.argv[2]))
