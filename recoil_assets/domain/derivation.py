"""The record that an episode's scenes are cleanly derived from its plan."""

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.scene import SceneManifest
from recoil_assets.domain.value import Value


class DerivationRecord(Value):
    """An episode's scenes and the plan they are all derived from.

    Attributes:
        scenes: digest of the active version by batch key, every batch of the main grouping.
        scenes_digest: digest of ``scenes``.
        script_hashes: the plan's ``source_text_hash`` by shot id: which script each shot was derived from.
    """

    episode: str
    plan_digest: str
    grouping: str
    scenes: dict[str, str]
    scenes_digest: str
    script_hashes: dict[str, str]
    stamped_at: str

    @property
    def digest(self) -> str:
        """Digest of all but the time: the same derivation stamped twice is one."""
        return digest_of(self.model_dump(exclude={"stamped_at"}))


def told(before: SceneManifest | None, after: SceneManifest, planned: str) -> str:
    """What a derivation came to for one batch, in words.

    Args:
        before: the batch's versions as they were; None where it had none.
        planned: digest of the scene that the plan asks for.
    """
    if before is None:
        return "derived as v1"
    candidate = after.candidate(planned)
    if candidate is None:
        return f"unchanged: it is the active v{after.active}"
    if before.find(planned):
        return f"known already as v{candidate.number}, which waits beside the active v{after.active}"
    return f"staged as v{candidate.number} beside the active v{after.active}"
