"""The record that an episode's scenes are cleanly derived from its plan."""

from recoil_assets.domain.digest import digest_of
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
