"""The cut: the primary takes of an episode in story order, as a value.

What a producer watches, an editor opens and a contact sheet shows is made from exactly this. It holds no
media: a clip names its file and the SHA-256 that file had when its take was fetched.
"""

from decimal import Decimal
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.grouping.group import Modality
from recoil_assets.domain.money import ZERO, Usd
from recoil_assets.domain.value import Value

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ShotSpan(Value):
    """Where one shot is expected inside a clip, seconds from the clip's start."""

    shot_id: str
    start_s: float
    duration_s: float

    @property
    def middle_s(self) -> float:
        """The moment halfway through the shot, seconds from the clip's start."""
        return self.start_s + self.duration_s / 2


class CutClip(Value):
    """One take in the cut.

    Attributes:
        shot_ids: the shots it renders, in story order.
        shot_durations_s: their planned lengths, seconds; one for each shot.
        media_path: its file, relative to the project; never outside it.
        media_sha256: SHA-256 of that file's bytes.
        duration_s: the length of the media itself, seconds.
        stale: whether it was made from another request than the current one; it is shown all the same.
        approved: whether a person approved this very take.
        newer: the number of the latest take that succeeded, where that is a newer one than is shown; else 0.
        newer_approved: likewise of the latest approved take.
        drift: what of that request is another now, by name; empty where it is not stale.
        cost_usd: what the take was charged, USD.
    """

    beat_id: str
    batch: str
    shot_ids: tuple[str, ...] = Field(min_length=1)
    shot_durations_s: tuple[Seconds, ...]
    media_path: str
    media_sha256: str
    duration_s: Seconds
    take_number: int = Field(ge=1)
    attempt_id: str
    tag: str
    modality: Modality
    stale: bool
    drift: tuple[str, ...] = ()
    approved: bool = False
    newer: int = 0
    newer_approved: int = 0
    provider: str
    model: str
    cost_usd: Usd

    @field_validator("media_path")
    @classmethod
    def _stays_in_the_project(cls, media_path: str) -> str:
        path = PurePosixPath(media_path)
        if not path.name or path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{media_path!r} is not a path inside the project")
        return media_path

    @model_validator(mode="after")
    def _every_shot_has_a_length(self) -> Self:
        if len(self.shot_ids) != len(self.shot_durations_s):
            raise ValueError(f"{len(self.shot_ids)} shots and {len(self.shot_durations_s)} planned lengths")
        return self

    @property
    def slate(self) -> str:
        """What people call the clip: beat, the shots of a multi-shot beat, take, and how that stands."""
        shots = f" {self.shot_ids[0]}-{self.shot_ids[-1]}" if len(self.shot_ids) > 1 else ""
        words = (
            "STALE" if self.stale else "",
            "APPROVED" if self.approved else "",
            f"({', '.join(self.others)})" if self.others else "",
        )
        return " ".join((f"{self.beat_id}{shots} t{self.take_number:03d}", *filter(None, words)))

    @property
    def others(self) -> tuple[str, ...]:
        """The latest take and the latest approved one, where they are not the one that is shown."""
        return (
            *((f"latest t{self.newer:03d}",) if self.newer else ()),
            *((f"latest approved t{self.newer_approved:03d}",) if self.newer_approved else ()),
        )

    @property
    def shot_spans(self) -> tuple[ShotSpan, ...]:
        """Where each shot is expected, by the plan: nobody knows where a model really cut.

        Cut points stand where they are planned, and the last shot takes what is left. A clip shorter than
        its plan squeezes all of them alike.
        """
        squeeze = min(1.0, self.duration_s / sum(self.shot_durations_s))
        starts = [start * squeeze for start in accumulate(self.shot_durations_s[:-1], initial=0.0)]
        ends = [*starts[1:], self.duration_s]
        return tuple(
            ShotSpan(shot_id=shot_id, start_s=start, duration_s=end - start)
            for shot_id, start, end in zip(self.shot_ids, starts, ends, strict=True)
        )


class Cut(Value):
    """An episode's clips in story order, and the format they are shown in.

    Attributes:
        title: what people call the episode, in any language; may be empty.
        fps: frames a second of the edit.
        width, height: pixels, both even, as H.264 with 4:2:0 colour needs.
    """

    episode: str
    title: str
    fps: int = Field(ge=1, le=60)
    width: int = Field(ge=2, multiple_of=2)
    height: int = Field(ge=2, multiple_of=2)
    clips: tuple[CutClip, ...] = Field(min_length=1)

    @property
    def digest(self) -> str:
        """Digest of everything the dailies show: media, order, format, and the labels of every clip."""
        return digest_of(self)

    @property
    def heading(self) -> str:
        """Episode and title, as they stand over the dailies; once where the episode has no other title."""
        return f"{self.episode} · {self.title}" if self.title not in {"", self.episode} else self.episode

    @property
    def duration_s(self) -> float:
        """Running time, seconds: the sum over the clips' media."""
        return sum(clip.duration_s for clip in self.clips)

    @property
    def shot_ids(self) -> tuple[str, ...]:
        """Every shot in the order it is seen."""
        return tuple(shot_id for clip in self.clips for shot_id in clip.shot_ids)

    @property
    def cost_usd(self) -> Decimal:
        """What the takes in the cut were charged, USD; takes that were not chosen are not in it."""
        return sum((clip.cost_usd for clip in self.clips), ZERO)
