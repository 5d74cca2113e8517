"""Scenes: the immutable structure of a batch, and the manifest of its versions.

Structure (beats, shots, grouping) and status (takes, reviews) are stored apart, so a version's body never
changes: its digest is its name.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Literal

from pydantic import Field

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.grouping.group import Group, GroupIdentity, Modality
from recoil_assets.domain.naming import beat_tag, multi_shot_beat_id, single_shot_beat_id
from recoil_assets.domain.shot import Shot, planned_length_s
from recoil_assets.domain.value import Value


class Beat(Value):
    """What one generation renders: a whole group (``r2v_multi``) or a single shot (``video_i2v``)."""

    beat_id: str
    batch: str
    modality: Modality
    shots: tuple[Shot, ...]
    grouping: GroupIdentity
    generation_config: dict[str, Any] = Field(default_factory=dict)
    element_config: dict[str, Any] = Field(default_factory=dict)
    prompt_directive: str = ""

    @property
    def shot_ids(self) -> tuple[str, ...]:
        """The beat's shots in story order."""
        return tuple(shot.shot_id for shot in self.shots)

    @property
    def duration_s(self) -> float:
        """Planned length, seconds: the sum over the beat's shots."""
        return planned_length_s(self.shots)

    @property
    def multi_shot(self) -> bool:
        """Whether the beat is generated in one piece from references, and so has a board."""
        return self.modality == "r2v_multi"

    @property
    def tag(self) -> str:
        """The beat's semantic tag."""
        return beat_tag(
            multi_shot=self.multi_shot,
            casts=[shot.cast for shot in self.shots],
            locations=[shot.location_id for shot in self.shots],
        )

    @property
    def shot_set(self) -> str:
        """Digest of what takes and reviews belong to: modality, ordered shot ids, coverage pass.

        Not the batch key or position: an unchanged beat keeps its takes and its approval through conform,
        re-plan and renumbering. The coverage pass is part of it, since an alternate angle over the same
        shots is another picture.
        """
        return _shot_set(self.modality, self.shot_ids, self.grouping.source_pass_id)


@lru_cache(maxsize=65_536)
def _shot_set(modality: Modality, shot_ids: tuple[str, ...], pass_id: str | None) -> str:
    """Remembered: every look at a take, board or review asks for it, a season of 5,400 shots thousands of times."""
    return digest_of([modality, list(shot_ids), pass_id])


class SceneBody(Value):
    """The whole structure of one batch: what a version is a version of."""

    episode: str
    batch: str
    grouping: GroupIdentity
    modality: Modality
    beats: tuple[Beat, ...]

    @cached_property
    def digest(self) -> str:
        """The body's name: covers beats, shots with their whole content, grouping and configuration."""
        return digest_of(self)

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every shot of the batch in story order."""
        return tuple(shot for beat in self.beats for shot in beat.shots)

    @property
    def board_beat(self) -> Beat | None:
        """The beat a storyboard is drawn for, or ``None`` where the batch is below threshold.

        Where the scene is split it is none of ``beats`` but the whole that they are parts of: a board is of all shots.
        """
        parts = [beat for beat in self.beats if beat.multi_shot]
        if len(parts) <= 1:
            return next(iter(parts), None)
        return parts[0].model_copy(
            update={
                "beat_id": multi_shot_beat_id(self.batch, self.grouping.source_pass_id),
                "shots": tuple(shot for part in parts for shot in part.shots),
                "grouping": self.grouping,
            }
        )

    def beat(self, beat_id: str) -> Beat | None:
        """The beat of that id, or ``None``."""
        return next((beat for beat in self.beats if beat.beat_id == beat_id), None)


def derive_scene(episode: str, batch: str, group: Group) -> SceneBody:
    """The scene of a group: one multi-shot beat, or one beat per shot below threshold. Pure."""
    pass_id = group.identity.source_pass_id
    common: dict[str, Any] = {
        "batch": batch,
        "modality": group.modality,
        "generation_config": group.generation_config,
        "element_config": group.element_config,
        "prompt_directive": group.prompt_directive,
    }
    if group.modality == "r2v_multi":
        beats: tuple[Beat, ...] = (
            Beat(
                beat_id=multi_shot_beat_id(batch, pass_id),
                shots=group.shots,
                grouping=group.identity,
                **common,
            ),
        )
    else:
        beats = tuple(
            Beat(
                beat_id=single_shot_beat_id(shot.shot_id, pass_id),
                shots=(shot,),
                grouping=_single_shot_identity(group, shot),
                **common,
            )
            for shot in group.shots
        )
    return SceneBody(
        episode=episode,
        batch=batch,
        grouping=group.identity,
        modality=group.modality,
        beats=beats,
    )


def _single_shot_identity(group: Group, shot: Shot) -> GroupIdentity:
    """A group of two or more that is generated shot by shot is re-stamped solo; a single shot keeps its identity."""
    if len(group.shots) == 1:
        return group.identity
    return GroupIdentity(
        strategy="solo",
        ordinal=0,
        shot_ids=(shot.shot_id,),
        source_pass_id=group.identity.source_pass_id,
    )


Derivation = Literal["derived", "not_derived"]


class SceneVersion(Value):
    """One version of a scene. ``derivation`` says whether its board was ever drawn for this structure."""

    number: int
    digest: str
    derivation: Derivation
    created_at: str


class SceneManifest(Value):
    """The versions of one batch and which of them is active.

    Attributes:
        before: the versions that were active before, each conformed away from, oldest first; a revert takes
            the last one back. A version stands there once.
    """

    episode: str
    batch: str
    active: int
    versions: tuple[SceneVersion, ...]
    before: tuple[int, ...] = ()

    @property
    def active_version(self) -> SceneVersion:
        """The version that is generated and shown."""
        return next(version for version in self.versions if version.number == self.active)

    def candidate(self, planned: str) -> SceneVersion | None:
        """The version that waits for a person to conform to it, or ``None`` where the active one is right.

        It is the one the plan asks for now, newer than the active one or older: a plan may come back to what
        it said before, and what it said in between then waits for nobody.

        Args:
            planned: digest of the scene that the plan asks for; ``None`` too where no version has it yet.
        """
        found = self.find(planned)
        return None if found is None or found.number == self.active else found

    def find(self, digest: str) -> SceneVersion | None:
        """The version with that body, or ``None``."""
        return next((version for version in self.versions if version.digest == digest), None)

    def numbered(self, number: int) -> SceneVersion | None:
        """The version of that number, or ``None``."""
        return next((version for version in self.versions if version.number == number), None)

    def conformed(self, number: int) -> "SceneManifest":
        """With version ``number`` active, and the one that was active remembered for a revert."""
        if number == self.active:
            return self
        kept = tuple(item for item in self.before if item not in (number, self.active))
        return self.model_copy(update={"active": number, "before": (*kept, self.active)})

    def reverted(self) -> "SceneManifest | None":
        """With the version active that was so before the present one; ``None`` where none was."""
        if not self.before:
            return None
        return self.model_copy(update={"active": self.before[-1], "before": self.before[:-1]})

    def faults(self) -> Iterator[str]:
        """What can not be: each as a sentence. A manifest that was only ever written by its methods has none."""
        numbers = [version.number for version in self.versions]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"its versions are numbered {numbers}"
        digests = [version.digest for version in self.versions]
        if len(set(digests)) < len(digests):
            yield "two of its versions are the same"
        if lost := [number for number in (self.active, *self.before) if number not in numbers]:
            yield f"it names versions that it does not have: {lost}"
        if len({self.active, *self.before}) <= len(self.before):
            yield f"a version stands twice in what was active: {[*self.before, self.active]}"


def first_manifest(body: SceneBody, created_at: str) -> SceneManifest:
    """The manifest of a batch derived for the first time: v1, active, derived."""
    version = SceneVersion(number=1, digest=body.digest, derivation="derived", created_at=created_at)
    return SceneManifest(episode=body.episode, batch=body.batch, active=1, versions=(version,))


def staged_manifest(manifest: SceneManifest, body: SceneBody, created_at: str) -> SceneManifest:
    """``manifest`` with ``body`` as a candidate; unchanged where any version has that body already.

    A candidate is born ``not_derived``, except single-shot versions: they have no board to wait for.
    """
    if manifest.find(body.digest):
        return manifest
    version = SceneVersion(
        number=max(version.number for version in manifest.versions) + 1,
        digest=body.digest,
        derivation="not_derived" if body.board_beat else "derived",
        created_at=created_at,
    )
    return manifest.model_copy(update={"versions": (*manifest.versions, version)})
