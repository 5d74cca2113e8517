"""Settings: what a show and its episodes choose, as ``recoil.toml`` and run configuration say it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from recoil_assets.domain.cell import is_key
from recoil_assets.domain.errors import InvalidSettingsError, Problem, UsageError
from recoil_assets.domain.grouping.group import (
    CoveragePass,
    CoverageSegment,
    GroupingRules,
)
from recoil_assets.domain.ledger import Caps
from recoil_assets.domain.money import LARGEST, Usd
from recoil_assets.domain.naming import StrategyName
from recoil_assets.domain.price import PriceCorrection
from recoil_assets.domain.retry.policy import RetrySettings
from recoil_assets.domain.roster import GroupingChoice
from recoil_assets.domain.setting_faults import setting_problems
from recoil_assets.domain.value import Value

_CURE = "correct these settings; nothing was done"
_HEIGHTS = {"360p": 360, "480p": 480, "540p": 540, "720p": 720, "1080p": 1080}


class Choices(Value):
    """How an episode is made. Show-level values apply unless the episode, then the run, says otherwise.

    Attributes:
        model: video model; a shot's own ``video_model`` goes before it, ``model_override`` before both.
        board_model: the model that draws storyboards.
        finish_model: the model that makes a photoreal picture of an approved drawing; empty where none does.
        resolution: length of the shorter side in lines.
        fps: frames a second; rates that an edit list's time code can count.
        max_takes: attempts per beat and request.
        concurrency: beats in flight at once.
        coverage_passes: ids of the selected passes, among those defined for the episode.
        tier_map: tier by group strategy, before ``tier``.
        wildcard: a prompt directive put on every group.
        single_batch: force ``single_batch_shots`` (every shot where left out) into one batch. It is a coverage
            group that stands beside the episode's own batches, so it needs ``pass_id`` for a name.
    """

    grouping: Literal["continuity", "coverage", "oner", "solo"] = "continuity"
    model: str = "animatic"
    model_override: str = ""
    board_model: str = "animatic-board"
    finish_model: str = ""
    tier: str = ""
    audio: bool = False
    aspect_ratio: Literal["9:16", "16:9", "1:1", "4:5", "3:4", "4:3", "21:9"] = "9:16"
    resolution: Literal["360p", "480p", "540p", "720p", "1080p"] = "720p"
    fps: Literal[12, 15, 16, 20, 24, 25, 30, 48, 50, 60] = 24
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    style: str = ""
    max_takes: int = Field(default=3, ge=1, le=99)
    concurrency: int = Field(default=4, ge=1, le=64)
    threshold_shots: int = Field(default=2, ge=2, le=6)
    threshold_s: float = Field(default=4.0, ge=0, le=60)
    coverage_passes: tuple[str, ...] = ()
    tier_map: dict[StrategyName, str] = Field(default_factory=dict)
    wildcard: str = ""
    single_batch: bool = False
    single_batch_shots: tuple[str, ...] = ()
    pass_id: str = Field(default="", pattern=r"^[A-Za-z0-9_]{0,64}$")

    @property
    def frame_size(self) -> tuple[int, int]:
        """(width, height) in pixels, both even, as H.264 needs."""
        across, down = (int(part) for part in self.aspect_ratio.split(":"))
        short_side = _HEIGHTS[self.resolution]
        long_side = round(short_side * max(across, down) / min(across, down) / 2) * 2
        return (short_side, long_side) if across <= down else (long_side, short_side)


class CapSettings(Value):
    """``[caps]``: the most that may be spent or held, USD; left out is no cap, 0 spends nothing."""

    run_usd: Usd | None = None
    episode_usd: Usd | None = None
    project_usd: Usd | None = None
    day_usd: Usd | None = None

    def caps(self) -> Caps:
        """The caps as the ledger checks them."""
        return Caps(**self.model_dump())


class ShowSettings(Value):
    """``[show]``: what the project is called."""

    name: str = Field(default="untitled", pattern=r"^[A-Za-z0-9 _.'-]{1,64}$")


class GateSettings(Value):
    """``[gate]``: episodes whose boards need approval before money is spent; ``"all"`` for every one.

    A number is an episode too: 4 is ``ep_004``. What can not be an episode is refused, for a gate that names
    nothing real is a gate that stands open.
    """

    board_gate_episodes: Literal["all"] | tuple[str, ...] = "all"

    @field_validator("board_gate_episodes", mode="before")
    @classmethod
    def _are_episodes(cls, value: Any) -> Any:  # noqa: ANN401  parsed TOML
        if value == "all":
            return value
        if not isinstance(value, list | tuple):
            raise ValueError(f'{value!r} is neither "all" nor a list of episodes, such as ["ep_001", 2]')  # noqa: TRY004  pydantic's own
        if wrong := [item for item in value if item == "all" or not is_key(_episode_key(item))]:
            raise ValueError(
                f"{', '.join(map(repr, wrong))} can not be an episode; "
                'list episode keys or numbers, such as ["ep_001", 2], or write "all" without a list'
            )
        return tuple(_episode_key(item) for item in value)


def _episode_key(listed: Any) -> str:  # noqa: ANN401  parsed TOML
    """The episode key of an entry in a list of episodes; empty where it can not be one."""
    if isinstance(listed, bool) or not isinstance(listed, str | int):
        return ""
    return listed if isinstance(listed, str) else f"ep_{listed:03d}"


class EpisodeSettings(Value):
    """``[episodes.ep_001]``: coverage passes of the episode, and choices that differ from the show's."""

    coverage: tuple[CoveragePass, ...] = ()
    choices: dict[str, Any] = Field(default_factory=dict)

    @field_validator("coverage")
    @classmethod
    def _each_pass_once(cls, passes: tuple[CoveragePass, ...]) -> tuple[CoveragePass, ...]:
        named = Counter(item.pass_id for item in passes)
        if repeated := [pass_id for pass_id, count in named.items() if count > 1]:
            raise ValueError(
                f"pass ids that more than one pass has: {', '.join(repeated)}; give each pass an id of its own"
            )
        return passes


class ProjectSettings(Value):
    """``recoil.toml`` as a whole.

    Attributes:
        write_off_after_h: hours until an attempt of which nobody knows whether it was billed is charged at its
            estimate. Accounting only: its beat stays closed until a person resolves it.
    """

    show: ShowSettings = ShowSettings()
    choices: dict[str, Any] = Field(default_factory=dict)
    caps: CapSettings = CapSettings()
    gate: GateSettings = GateSettings()
    retry: RetrySettings = RetrySettings()
    episodes: dict[str, EpisodeSettings] = Field(default_factory=dict)
    references: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    prices: dict[str, PriceCorrection] = Field(default_factory=dict)
    allow_unpriced_up_to_usd: Decimal | None = Field(default=None, gt=0, le=LARGEST)
    write_off_after_h: float = Field(default=72, ge=1, le=8760)

    @field_validator("episodes")
    @classmethod
    def _are_keyed_by_episode(cls, episodes: dict[str, EpisodeSettings]) -> dict[str, EpisodeSettings]:
        if wrong := [episode for episode in episodes if not is_key(episode)]:
            raise ValueError(
                f"{', '.join(map(repr, wrong))} can not be an episode; a key has 1 to 32 letters, digits "
                "and underscores"
            )
        return episodes

    def episode_choices(self, episode: str, run: Mapping[str, Any] | None = None) -> Choices:
        """The choices for ``episode``: show, then episode, then ``run``.

        Raises:
            InvalidSettingsError: a choice does not exist or has an impossible value.
        """
        layers = self._layers(episode, run or {})
        if problems := [
            problem for name, layer in layers.items() for problem in _choice_problems(name, layer)
        ]:
            raise refused_choices(problems, cure=_CURE)
        chosen: dict[str, Any] = {}
        for layer in layers.values():
            chosen |= layer
        return Choices.model_validate(chosen)

    def chosen_in(self, episode: str, key: str, run: Mapping[str, Any] | None = None) -> str:
        """Where the choice of ``key`` that holds for ``episode`` is written, key included: ``[choices] model``."""
        layers = self._layers(episode, run or {})
        return f"{next((name for name in reversed(layers) if key in layers[name]), '(default)')} {key}"

    def _layers(self, episode: str, run: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """Choices by where they are written; the later go before the earlier."""
        own = self.episodes.get(episode, EpisodeSettings()).choices
        return {"[choices]": self.choices, f"[episodes.{episode}.choices]": own, "run configuration": run}

    def grouping_choice(self, episode: str, choices: Choices, *, longest_s: float) -> GroupingChoice:
        """How ``episode`` is grouped, its selected coverage passes resolved.

        Args:
            longest_s: longest multi-shot generation of the chosen model, seconds.

        Raises:
            UsageError: a selected pass is not defined for the episode, or a forced single batch has no pass id
                of its own.
        """
        defined = {item.pass_id: item for item in self.episodes.get(episode, EpisodeSettings()).coverage}
        missing = [pass_id for pass_id in choices.coverage_passes if pass_id not in defined]
        if missing:
            raise UsageError(
                f"coverage passes that {episode} does not define: {', '.join(missing)}",
                cure=f"define them as [[episodes.{episode}.coverage]], or select of: {', '.join(defined) or 'none'}",
            )
        rules = GroupingRules(
            max_duration_s=longest_s,
            threshold_shots=choices.threshold_shots,
            threshold_s=choices.threshold_s,
            coverage_passes=(
                *(defined[pass_id] for pass_id in choices.coverage_passes),
                *_forced_passes(episode, choices, defined),
            ),
            tier_map=choices.tier_map,
            wildcard=choices.wildcard or None,
        )
        return GroupingChoice(main=choices.grouping, rules=rules)

    @property
    def named_episodes(self) -> tuple[str, ...]:
        """Every episode that the settings name, each once."""
        listed = self.gate.board_gate_episodes
        return tuple(dict.fromkeys((*self.episodes, *(() if listed == "all" else listed))))

    def board_gate_on(self, episode: str, override: bool | None = None) -> bool:
        """Whether ``episode`` needs approved boards. ``override`` is the environment's word, None for none."""
        if override is not None:
            return override
        listed = self.gate.board_gate_episodes
        return listed == "all" or episode in listed


def _forced_passes(episode: str, choices: Choices, defined: Collection[str]) -> tuple[CoveragePass, ...]:
    """The coverage pass that a forced single batch is; none where there is none."""
    if not choices.single_batch:
        if choices.pass_id or choices.single_batch_shots:
            raise UsageError(
                "a pass id and shots were named for a single batch, and no single batch is forced",
                cure="add --single-batch, or leave --pass-id and --shot out",
            )
        return ()
    if not choices.pass_id:
        raise UsageError(
            "a forced single batch needs a pass id: its takes are named by it, and would else be another batch's",
            cure="name one, such as --pass-id PASS_9",
        )
    if choices.pass_id in defined:
        raise UsageError(
            f"{choices.pass_id} is a coverage pass that {episode} defines, and can not name a forced single batch",
            cure=f"take an id that is free, or select that pass: --coverage-pass {choices.pass_id}",
        )
    segments = tuple(CoverageSegment(shot_id=shot_id) for shot_id in choices.single_batch_shots)
    return (CoveragePass(pass_id=choices.pass_id, segments=segments),)


def refused_choices(problems: Sequence[Problem], *, cure: str) -> InvalidSettingsError:
    """The error of choices that can not be; it names the file where any of them is written there."""
    in_file = any(problem.path.startswith("[") for problem in problems)
    return InvalidSettingsError("recoil.toml" if in_file else "the run", problems, cure=cure)


def read_settings(document: Mapping[str, Any], *, source: str) -> ProjectSettings:
    """The settings in a parsed TOML ``document``; ``InvalidSettingsError`` with every problem of every table."""
    chosen = [
        problem for name, layer in _choice_layers(document) for problem in _choice_problems(name, layer)
    ]
    try:
        settings = ProjectSettings.model_validate(document)
    except ValidationError as error:
        raise InvalidSettingsError(
            source, [*setting_problems(error, ProjectSettings), *chosen], cure=_CURE
        ) from error
    if chosen:
        raise InvalidSettingsError(source, chosen, cure=_CURE)
    return settings


def _choice_layers(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(name, choices as written) of the show and of every episode; what is no table is not looked into."""
    yield "[choices]", document.get("choices")
    episodes = document.get("episodes")
    for episode, own in episodes.items() if isinstance(episodes, dict) else ():
        if isinstance(own, dict):
            yield f"[episodes.{episode}.choices]", own.get("choices")


def _choice_problems(name: str, layer: Any) -> list[Problem]:  # noqa: ANN401  parsed TOML
    """What is wrong with one layer of choices: each is checked alone, also where another overrides it."""
    if not isinstance(layer, Mapping):
        return []
    try:
        Choices.model_validate(layer)
    except ValidationError as error:
        return [
            Problem(f"{name} {problem.path}", problem.message) for problem in setting_problems(error, Choices)
        ]
    return []
