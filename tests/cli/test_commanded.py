import pytest

from recoil_assets.cli.commanded import commanded

CELL = "ep_001|BATCH_002"
BATCH = "recoil run ep_001 --batch BATCH_002"


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("materialise boards for this cell", "recoil run ep_001 --batch BATCH_002 --until boards"),
        ("materialise the cell again", "recoil run ep_001 --batch BATCH_002"),
        ("materialise scene_versions for it", "recoil run ep_001 --batch BATCH_002 --until scenes"),
        ("materialise plans for ep_007", "recoil run ep_007 --until scenes"),
        ("materialise plans for ep_007, then this cell", "recoil run ep_007"),
        ("materialise plans for ep_001, then this cell", "recoil run ep_001 --batch BATCH_002"),
        (
            "materialise boards, board_reviews for this cell, then takes",
            f"'{BATCH} --only boards --only board_reviews --only takes' (may pay for boards and takes)",
        ),
        (
            "materialise references and dispatch_payloads again",
            "'recoil run ep_001 --batch BATCH_002 --only references --only dispatch_payloads' (costs nothing)",
        ),
        (
            "materialise dispatch_payloads for this cell, then what comes after it",
            "recoil run ep_001 --batch BATCH_002",
        ),
        (
            "materialise scene_versions for this cell, then boards",
            "recoil run ep_001 --batch BATCH_002 --until boards",
        ),
        ("materialise dailies again", "'recoil run ep_001 --only dailies' (costs nothing)"),
        (
            "materialise takes for this cell, then dailies",
            "'recoil run ep_001 --batch BATCH_002 --only takes --only dailies' (may pay for takes)",
        ),
        ("materialise scene_versions and boards for ep_007", "recoil run ep_007 --until boards"),
        (
            "restore it, then materialise takes",
            "restore it, then 'recoil run ep_001 --batch BATCH_002 --only takes' (may pay for takes)",
        ),
    ],
)
def test_what_is_to_be_materialised_is_a_command_at_the_command_line(said: str, command: str) -> None:
    assert commanded(said, CELL) == command


def test_a_command_among_other_words_is_marked_off_from_them() -> None:
    assert (
        commanded("materialise boards for this cell, look at the new board and decide", CELL)
        == "'recoil run ep_001 --batch BATCH_002 --until boards', look at the new board and decide"
    )


def test_the_cell_that_is_named_last_is_the_one_that_is_meant() -> None:
    table = (
        "ep_001|BATCH_001: x\n  cure: materialise this cell again\n"
        "ep_001|BATCH_002: y\n  cure: materialise the cell"
    )
    assert commanded(table).splitlines()[1::2] == [
        "  cure: recoil run ep_001 --batch BATCH_001",
        "  cure: recoil run ep_001 --batch BATCH_002",
    ]


def test_an_episode_is_enough_and_where_nothing_is_named_a_person_puts_it_in() -> None:
    assert commanded("materialise boards for these cells", "ep_003") == "recoil run ep_003 --until boards"
    assert commanded("materialise the cell again", "the disk is full") == "recoil run EPISODE"
