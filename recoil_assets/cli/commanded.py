"""What is said of the graph, told at the command line: there ``materialise`` is ``recoil run``."""

import re

from recoil_assets.production.stages import (
    BOARDS,
    CELL_STAGES,
    DAILIES,
    PLANS,
    SCENE_VERSIONS,
    SPEND_REPORT,
    TAKES,
)

_UNTIL = {PLANS: "scenes", SCENE_VERSIONS: "scenes", BOARDS: "boards"}
"""How far a run has to go for an asset; the others are named one by one, and nothing else is made."""
_FAR = ("scenes", "boards")
_PAID = {BOARDS: "boards", TAKES: "takes"}
_GOES_ON = ("this cell", "what comes after it")
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
        limit, cost = _limit(found)
        line = " ".join(["recoil run", *_target(found, cells[-1] if cells else None, about), *limit])
        alone = not cost and (found.end() == len(text) or text[found.end()] == "\n")
        return line if alone else f"'{line}'{cost}"

    return _MATERIALISE.sub(command, text)


def _target(found: re.Match[str], cell: re.Match[str] | None, about: str) -> list[str]:
    """The episode, and the batch where one is meant."""
    if found["episode"]:
        of_cell = cell and cell["episode"] == found["episode"] and found["then"] in _GOES_ON
        return [found["episode"], *([f"--batch {cell['batch']}"] if cell and of_cell else [])]
    if cell is None:
        return [about if re.fullmatch(r"\w+", about) else "EPISODE"]
    of_episode = found["stages"] in (PLANS, DAILIES, SPEND_REPORT)
    return [cell["episode"]] if of_episode else [cell["episode"], f"--batch {cell['batch']}"]


def _limit(found: re.Match[str]) -> tuple[list[str], str]:
    """(what keeps the run to what is asked for, what that costs); nothing where a cell is to go on as far as it may."""
    if found["cell"] or found["then"] in _GOES_ON:
        return [], ""
    asked = _STAGES.findall(f"{found['stages']} {found['then'] or ''}")
    if _UNTIL.keys() >= set(asked):
        return [f"--until {max((_UNTIL[name] for name in asked), key=_FAR.index)}"], ""
    paid = " and ".join(_PAID[name] for name in asked if name in _PAID)
    return [f"--only {name}" for name in asked], f" (may pay for {paid})" if paid else " (costs nothing)"
