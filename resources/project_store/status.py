"""Boards, reviews, primary choices, decisions about takes, and what runs chose for a cell, as files."""

from collections.abc import Mapping

from recoil_assets.domain.board import Board, Review
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.take import PrimaryChoice
from recoil_assets.domain.take_approval import TakeDecision
from resources.project_store.durable import read_sealed, replace_file, sealed_json, unseal_json
from resources.project_store.layout import Layout
from resources.project_store.series import append_to_series, last_of_series, read_series


class BoardFiles:
    """``state/boards/<episode>/<shot set>/``: a series of which the last one counts."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def latest(self, episode: str, shot_set: str) -> Board | None:
        """See ``store_ports.Boards``."""
        content = last_of_series(self._layout.boards(episode, shot_set))
        return None if content is None else Board.model_validate(content)

    def find(self, episode: str, shot_set: str, request_digest: str) -> Board | None:
        """See ``store_ports.Boards``."""
        boards = [
            Board.model_validate(content) for content in read_series(self._layout.boards(episode, shot_set))
        ]
        return next((board for board in reversed(boards) if board.request_digest == request_digest), None)

    def attach(self, board: Board) -> None:
        """See ``store_ports.Boards``."""
        folder = self._layout.boards(board.episode, board.shot_set)
        known = read_series(folder)
        if known and Board.model_validate(known[-1]) == board:
            return
        append_to_series(folder, len(known) + 1, board)


class ReviewFiles:
    """``state/reviews/<episode>/<shot set>/``: the history of decisions."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def history(self, episode: str, shot_set: str) -> tuple[Review, ...]:
        """See ``store_ports.Reviews``."""
        contents = read_series(self._layout.reviews(episode, shot_set))
        return tuple(Review.model_validate(content) for content in contents)

    def latest_numbers(self) -> Mapping[tuple[str, str], int]:
        """See ``store_ports.Reviews``."""
        folder = self._layout.state / "reviews"
        found = folder.glob("*/*/[0-9]*.json") if folder.is_dir() else ()
        latest: dict[tuple[str, str], int] = {}
        for path in found:
            subject = (path.parent.parent.name, path.parent.name)
            latest[subject] = max(latest.get(subject, 0), int(path.stem))
        return latest

    def append(self, review: Review) -> None:
        """See ``store_ports.Reviews``."""
        append_to_series(self._layout.reviews(review.episode, review.shot_set), review.number, review)


class RunChoiceFiles:
    """``state/run_choices/<episode>/<batch>.json``; no file where a cell's requests never had any."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def get(self, cell: Cell) -> Mapping[str, object]:
        """See ``store_ports.KeptChoices``."""
        return dict(read_sealed(self._layout.run_choices(cell)) or {})

    def keep(self, cell: Cell, choices: Mapping[str, object]) -> None:
        """See ``store_ports.KeptChoices``."""
        sealed = sealed_json(dict(choices))
        if unseal_json(sealed) != self.get(cell):
            replace_file(self._layout.run_choices(cell), sealed)


class PrimaryFiles:
    """``state/primaries/<episode>/<shot set>/``: the history of choices."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def current(self, episode: str, shot_set: str) -> PrimaryChoice | None:
        """See ``store_ports.Primaries``."""
        content = last_of_series(self._layout.primaries(episode, shot_set))
        return None if content is None else PrimaryChoice.model_validate(content)

    def choose(self, episode: str, choice: PrimaryChoice) -> None:
        """See ``store_ports.Primaries``."""
        append_to_series(self._layout.primaries(episode, choice.shot_set), choice.number, choice)


class TakeDecisionFiles:
    """``state/take_decisions/<episode>/<shot set>/``: the history of decisions about takes."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def history(self, episode: str, shot_set: str) -> tuple[TakeDecision, ...]:
        """See ``store_ports.TakeDecisions``."""
        contents = read_series(self._layout.take_decisions(episode, shot_set))
        return tuple(TakeDecision.model_validate(content) for content in contents)

    def append(self, episode: str, decision: TakeDecision) -> None:
        """See ``store_ports.TakeDecisions``."""
        folder = self._layout.take_decisions(episode, decision.shot_set)
        append_to_series(folder, decision.number, decision)
