"""What is said of the graph, told at the command line: there ``materialise`` is ``recoil run``."""

import re

from recoil_assets.production.stages import (
    BOARDS,
    CELL_STAGES,
    DAILIES,
    PLANS,
    SCENE_VERSIONS,
    SPEND_REPORT,
)

_UNTIL = {PLANS: "scenes", SCENE_VERSIONS: "scenes", BOARDS: "boards"}
"""How far a run has to go for a stage; for the others it goes as far as it may."""
_FAR = ("scenes", "boards", "")
_STAGE = "|".join((PLANS, *(stage.name for stage in CELL_STAGES), DAILIES, SPEND_REPORT))
_STAGES = re.compile(_STAGE)
_MATERIALISE = re.compile(
    rf"materialise (?:(?P<cell>th(?:is|e|ese) cells?)|(?P<stages>(?:{_STAGE})(?:(?:, | and )(?:{_STAGE}))*))"
    r"(?: for (?:this cell|these cells|it|(?P<episode>\w+)))?(?: again)?"
    rf"(?:, then (?P<then>{_STAGE}|this cell|what comes after it))?"
)
_CELL = re.compile(r"(?P<episode>\w+)\|(?P<batch>\w+)")


def commanded(text: str, about: str = "") -> str:
    """``text`` with the commands that do what it asks to be materialised.

    Args:
        about: what the text is about, such as the partition or the message it cures: the cell that is named last
            before a place is the one that is meant there.
    """
    before = f"{about}\n"

    def command(found: re.Match[str]) -> str:
        cells = list(_CELL.finditer(before + text[: found.start()]))
        words = ["recoil run", *_target(found, cells[-1] if cells else None, about)]
        if until := _until(found):
            words.append(f"--until {until}")
        line = " ".join(words)
        return line if found.end() == len(text) or text[found.end()] == "\n" else f"'{line}'"

    return _MATERIALISE.sub(command, text)


def _target(found: re.Match[str], cell: re.Match[str] | None, about: str) -> list[str]:
    """The episode, and the batch where one is meant."""
    if found["episode"]:
        return [found["episode"]]
    if cell is None:
        return [about if re.fullmatch(r"\w+", about) else "EPISODE"]
    of_episode = found["stages"] in (PLANS, DAILIES, SPEND_REPORT)
    return [cell["episode"]] if of_episode else [cell["episode"], f"--batch {cell['batch']}"]


def _until(found: re.Match[str]) -> str:
    stages = _STAGES.findall(found["stages"] or "")
    if found["then"]:
        stages += _STAGES.findall(found["then"]) or [DAILIES]
    return max((_UNTIL.get(stage, "") for stage in stages), key=_FAR.index, default="")
