"""A reroll looked at before it is ordered: what it would be called, what it may cost, and what stands in its way."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.naming import build_file_name
from recoil_assets.production.beat_takes import read_takes
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.gates import check_board, check_freshness, check_no_drift, require_manifest
from recoil_assets.production.reroll import Rerollable, Scene, check, scene_of
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class RerollPreview:
    """A reroll that no code refuses.

    Attributes:
        primary: the beat's primary now, or None.
        in_the_way: gates and caps that would stop it now, one sentence each; empty where nothing would.
    """

    scene: Scene
    found: Rerollable
    primary: Attempt | None
    in_the_way: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """The name that the new take's file would have."""
        return build_file_name(self.found.name)


def preview_reroll(studio: Studio, episode: str, reroll: Reroll) -> RerollPreview:
    """Everything about a reroll that can be known before it is sent. Reads only.

    Raises:
        RerollRefusedError, BlockedError, UsageError: it may not be made; see ``reroll.check``.
    """
    scene = scene_of(studio, episode, reroll.beat) if reroll.beat else None
    found = check(studio, episode, scene, reroll)
    if scene is None:
        raise AssertionError("a reroll without a scene is refused above")
    in_the_way = (*_gates(studio, scene), *_caps(studio, episode, found))
    primary = read_takes(studio, episode, found.payload.beat).primary
    return RerollPreview(scene, found, primary, in_the_way)


def _gates(studio: Studio, scene: Scene) -> Iterator[str]:
    manifest, planned = require_manifest(studio, scene.cell), scene.planned
    gates = [partial(check_freshness, manifest, scene.body), partial(check_board, studio, scene.body)]
    if planned is not None:
        gates.append(partial(check_no_drift, scene.cell, manifest, planned))
    for gate in gates:
        try:
            gate()
        except BlockedError as blocked:
            yield f"{blocked.message} ({blocked.reason})"


def _caps(studio: Studio, episode: str, found: Rerollable) -> Iterator[str]:
    """Caps that the estimate would pass. The ledger decides when it is sent; this is what it would say now."""
    if found.usd == ZERO:
        return
    committed = {
        "run": ZERO,
        "episode": studio.ledger.balance(episode=episode).committed,
        "project": studio.ledger.balance().committed,
        "day": studio.ledger.balance(day=studio.clock.today()).committed,
    }
    for name, limit in studio.settings_now().caps.caps().limits():
        if committed[name] + found.usd > limit:
            yield (
                f"the {name} cap of {show(limit)} would be passed: {show(committed[name])} is spent or held, "
                f"and it may cost {show(found.usd)}"
            )
