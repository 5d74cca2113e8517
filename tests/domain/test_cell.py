import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.cell import Cell, agreed_cells, is_key
from recoil_assets.domain.errors import UsageError

from .strategies import episodes

HOSTILE = ["", "a|b", "a,b", "a b", "a\n", "a/b", "..", "a.b", "a-b", "ä", "\u0663", "k" * 33, "a\0"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_dagster_would_break_on_is_not_a_key(text: str) -> None:
    assert not is_key(text)
    with pytest.raises(UsageError, match="can not be an episode key"):
        Cell(text, "BATCH_001")
    with pytest.raises(UsageError, match="can not be a batch key"):
        Cell("ep_001", text)


@pytest.mark.parametrize(
    "key", ["", "ep_001", "ep_001|", "|BATCH_001", "ep_001|BATCH_001|x", "ep_001,BATCH_001"]
)
def test_what_is_not_a_partition_key_of_a_cell_is_refused(key: str) -> None:
    with pytest.raises(UsageError):
        Cell.parse(key)


@given(episodes, episodes)
def test_a_cells_key_parses_back_to_the_cell(episode: str, batch: str) -> None:
    cell = Cell(episode, batch)
    assert Cell.parse(cell.key) == cell
    assert cell.key == str(cell) == f"{episode}|{batch}"


def test_an_agreement_is_for_the_cell_that_is_named_and_for_no_other_episodes() -> None:
    named = ["ep_002|BATCH_001"]
    assert agreed_cells(named, {"ep_001", "ep_002"}) == {Cell("ep_002", "BATCH_001")}
    assert agreed_cells(["BATCH_001"], {"ep_001"}) == {Cell("ep_001", "BATCH_001")}
    assert agreed_cells([], set()) == frozenset()


@pytest.mark.parametrize("episodes", [{"ep_001", "ep_002"}, set()])
def test_a_batch_alone_is_no_agreement_where_its_episode_is_in_question(episodes: set[str]) -> None:
    with pytest.raises(UsageError, match=r"write EPISODE\|BATCH"):
        agreed_cells(["ep_001|BATCH_001", "BATCH_002"], episodes)


@given(st.text(max_size=40))
def test_a_key_is_1_to_32_letters_digits_and_underscores(text: str) -> None:
    plain = text.isascii() and all(character.isalnum() or character == "_" for character in text)
    assert is_key(text) == (plain and 1 <= len(text) <= 32)


def test_cells_sort_by_episode_then_batch() -> None:
    cells = [Cell("ep_002", "A"), Cell("ep_001", "B"), Cell("ep_001", "A")]
    assert [cell.key for cell in sorted(cells)] == ["ep_001|A", "ep_001|B", "ep_002|A"]
