import pytest

from recoil_assets.domain import errors
from recoil_assets.domain.errors import (
    BlockedError,
    InvalidInputError,
    InvalidPlanError,
    InvalidSettingsError,
    Problem,
    ProjectError,
    RecoilError,
    UsageError,
)


def test_every_error_is_one_tree_and_ends_a_command_with_1_2_or_3() -> None:
    tree = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, Exception)]
    assert len(tree) > 8
    assert all(issubclass(item, RecoilError) for item in tree)
    assert all(item.__name__ == "RecoilError" or item.__name__.endswith("Error") for item in tree)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (RecoilError, 1),
        (InvalidPlanError, 1),
        (UsageError, 2),
        (ProjectError, 2),
        (InvalidSettingsError, 2),
        (BlockedError, 3),
    ],
)
def test_an_error_says_by_its_exit_status_whether_it_failed_was_misused_or_awaits_a_person(
    kind: type[RecoilError], status: int
) -> None:
    assert kind.exit_code == status


def test_an_error_shows_its_message_and_its_cure() -> None:
    assert str(UsageError("no such batch", cure="use BATCH_001")) == "no such batch\n  cure: use BATCH_001"
    assert str(UsageError("no such batch")) == "no such batch"


def test_a_refused_input_lists_every_problem_with_its_place() -> None:
    error = InvalidInputError(
        "plan x", [Problem("$.a", "is wrong"), Problem("$.b", "is too")], cure="correct it"
    )
    assert str(error).splitlines() == [
        "plan x has 2 problems:",
        "  - $.a: is wrong",
        "  - $.b: is too",
        "  cure: correct it",
    ]
