"""A batch as it is, and as it would be: which board counts, and what its beats are asked for. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from recoil_assets.domain.board import Board, BoardStanding, board_standing
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.price import Estimate
from recoil_assets.domain.scene import Beat, SceneBody
from recoil_assets.domain.settings import Choices
from recoil_assets.production.gates import view_board
from recoil_assets.production.payloads import BeatPayload, beat_payload
from recoil_assets.production.requests import board_request, rate_of
from recoil_assets.production.storyboard import answering_board
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch as it is, or as it would be.

    Attributes:
        board: the board that counts, if it is drawn. approved: the same, if exactly that is approved.
        payloads: what its beats are asked for; none where that can not be built, and then ``fault`` says why.
        to_render: the same by beat id, as it will be once a board that is asked for is approved. A beat whose
            board is not drawn yet is not in it: nobody knows that picture.
        board_quote: what drawing its board costs, where it is to be drawn.
    """

    body: SceneBody
    board: Board | None
    approved: Board | None
    payloads: tuple[BeatPayload, ...] = ()
    to_render: Mapping[str, BeatPayload] = field(default_factory=dict)
    board_quote: Estimate | None = None
    fault: str = ""


def present_state(studio: Studio, body: SceneBody, choices: Choices) -> BatchState:
    """A batch as it is, ``body`` being its active version."""
    view = view_board(studio, body)
    return _asked(studio, BatchState(body, view.board, view.approved), choices)


def future_state(
    studio: Studio, body: SceneBody, choices: Choices, *, keeps: BatchState | None
) -> BatchState:
    """A batch as it would be with ``body`` active and its board drawn, nobody having decided about it yet.

    Args:
        keeps: the batch as it is, where its board stays; None where another one may answer.
    """
    if keeps is not None:
        return _asked(studio, BatchState(body, keeps.board, keeps.approved), choices)
    beat = body.board_beat
    if beat is None:
        return _asked(studio, BatchState(body, None, None), choices)
    drawing = board_request(beat, choices)
    board = answering_board(studio, body, beat, drawing)
    reviews = studio.reviews.history(body.episode, beat.shot_set)
    standing = board_standing(board, reviews, has_board_beat=True)
    state = BatchState(body, board, board if standing is BoardStanding.APPROVED else None)
    state = _asked(studio, state, choices)
    if board is not None or state.fault:
        return state
    try:
        quote = studio.estimate(drawing, rate_of(studio, beat, drawing.model))
    except RecoilError as error:
        return replace(state, fault=error.message)
    return replace(state, board_quote=quote)


def _asked(studio: Studio, state: BatchState, choices: Choices) -> BatchState:
    """``state`` with the requests of its beats, or with the fault of building them."""
    try:
        payloads = tuple(beat_payload(studio, beat, choices, state.approved) for beat in state.body.beats)
        to_render = {
            payload.beat.beat_id: beat_payload(studio, payload.beat, choices, state.board)
            if _awaits_approval(studio, state, payload.beat)
            else payload
            for payload in payloads
            if state.board or not _awaits_approval(studio, state, payload.beat)
        }
    except RecoilError as error:
        return replace(state, fault=error.message)
    return replace(state, payloads=payloads, to_render=to_render)


def _awaits_approval(studio: Studio, state: BatchState, beat: Beat) -> bool:
    """Whether a board has to be approved before the beat may be rendered."""
    return beat.multi_shot and state.approved is None and studio.board_gate_on(state.body.episode)
