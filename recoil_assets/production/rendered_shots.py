"""Rendered shots: for which shots something was really sent, whatever became of it."""

from collections.abc import Iterable

from recoil_assets.domain.attempt import AttemptIntent


def rendered_shot_ids(sent: Iterable[AttemptIntent], episode: str) -> list[str]:
    """The shots of an episode's beats for which a take was sent, each once, in the order they were sent."""
    takes = [intent for intent in sent if intent.kind == "take" and intent.episode == episode]
    return list(dict.fromkeys(shot.shot_id for intent in takes for shot in intent.request.shots))
