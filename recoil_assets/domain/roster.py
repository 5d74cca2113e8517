"""The roster: which batch keys an episode's plan names, and the shots behind each.

Batch keys are names, not positions. They are assigned once and never renumbered, reused or deleted. On
re-derivation a main batch finds its key by shot overlap, a coverage pass by its pass id. A key whose shots left
the plan, or whose pass is no longer selected, is *retired* and its cell becomes void.
Story order is the order of ``batches``, which follows the plan.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from pydantic import Field

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.grouping.coverage import coverage_ordinal
from recoil_assets.domain.grouping.group import Group, GroupingRules
from recoil_assets.domain.grouping.registry import grouping_named
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.value import Value

MOST_BATCH_KEYS = 99
"""Dagster leaves an edge with 100 or more upstream partitions out of staleness, and so calls it fresh.

All episodes share the keys, so the limit is the show's: an episode has a cell, if a void one, of every key."""

_MAIN, _COVERAGE = "BATCH_", "COV_"
_NUMBER = re.compile(r"_(\d+)$")


class RosterEntry(Value):
    """A batch of the episode: its key and the group it stands for."""

    batch: str
    group: Group

    @property
    def is_coverage(self) -> bool:
        """Whether the batch is an alternate that stands beside the episode's main grouping."""
        return self.group.identity.source_pass_id is not None


class Roster(Value):
    """The batches of one episode.

    Attributes:
        plan_digest: digest of the plan they were derived from.
        grouping: the main grouping, which the cut takes its shots from.
        batches: in story order, main grouping first, then coverage.
        retired: shot ids by key, for keys no plan names any more.
        retired_passes: for those of coverage passes, the pass id by key: it comes back to that pass alone.
    """

    episode: str
    plan_digest: str
    grouping: str
    batches: tuple[RosterEntry, ...]
    retired: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    retired_passes: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Digest of plan and batches: what downstream of a plan is derived from."""
        return digest_of({"plan": self.plan_digest, "grouping": self.grouping, "batches": list(self.batches)})

    @property
    def keys(self) -> tuple[str, ...]:
        """Live batch keys in story order."""
        return tuple(entry.batch for entry in self.batches)

    @property
    def main_keys(self) -> tuple[str, ...]:
        """Live batch keys of the main grouping, in story order: what the cut is made of."""
        if self.grouping == "coverage":
            return self.keys
        return tuple(entry.batch for entry in self.batches if not entry.is_coverage)

    def group(self, batch: str) -> Group | None:
        """The group behind a key, or ``None`` where the key is void in this episode."""
        return self._groups.get(batch)

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {entry.batch: entry.group for entry in self.batches}

    def keys_by_pass(self) -> dict[str, str]:
        """The key of every coverage pass ever selected, by pass id, retired ones included."""
        live = {
            pass_id: entry.batch
            for entry in self.batches
            if (pass_id := entry.group.identity.source_pass_id) is not None
        }
        return {pass_id: key for key, pass_id in self.retired_passes.items()} | live

    def known_shots(self) -> dict[str, tuple[str, ...]]:
        """Shot ids behind every key ever assigned, retired ones included."""
        return {**self.retired, **{entry.batch: entry.group.identity.shot_ids for entry in self.batches}}


@dataclass(frozen=True, slots=True)
class GroupingChoice:
    """How an episode is to be grouped: the main grouping's name, and the rules."""

    main: str
    rules: GroupingRules


def call_roster(plan: Plan, choice: GroupingChoice, previous: Roster | None) -> Roster:
    """The roster of ``plan``: groups assembled, keys kept where shots overlap, new keys after all old ones.

    Raises:
        UsageError: the grouping does not fit the plan, or it needs more keys than an episode can have.
    """
    main = grouping_named(choice.main).assemble(plan, choice.rules)
    extra: tuple[Group, ...] = ()
    if choice.main != "coverage" and choice.rules.coverage_passes:
        extra = grouping_named("coverage").assemble(plan, choice.rules)
    known = previous.known_shots() if previous else {}
    passes = previous.keys_by_pass() if previous else {}
    main_entries = (
        _coverage_keyed(main, known, passes) if choice.main == "coverage" else _main_keyed(main, known)
    )
    entries = [*main_entries, *_coverage_keyed(extra, known, passes)]
    live = {entry.batch for entry in entries}
    retired = {key: shots for key, shots in known.items() if key not in live}
    if len(live) + len(retired) > MOST_BATCH_KEYS:
        raise UsageError(
            f"{plan.episode} needs {len(live)} batch keys and has {len(retired)} retired ones; "
            f"an episode has at most {MOST_BATCH_KEYS}",
            cure="split the episode, or use a grouping with fewer batches",
        )
    return Roster(
        episode=plan.episode,
        plan_digest=plan.digest,
        grouping=choice.main,
        batches=tuple(entries),
        retired=retired,
        retired_passes={key: pass_id for pass_id, key in passes.items() if key in retired},
    )


def check_show_keys(roster: Roster, previous: Roster | None, others: Iterable[Roster]) -> None:
    """Refuse keys that would be too many for the show; an episode that needs no new one asks no other.

    Args:
        previous: the roster that ``roster`` takes the place of.
        others: those of the show's other episodes.

    Raises:
        UsageError: the show's episodes together would have more keys than one edge of the graph can hold.
    """
    own = set(previous.known_shots()) if previous else set()
    if own.issuperset(roster.known_shots()):
        return
    shared = own.union(*(other.known_shots() for other in others))
    new = sorted(set(roster.known_shots()) - shared)
    if new and len(shared) + len(new) > MOST_BATCH_KEYS:
        raise UsageError(
            f"{roster.episode} needs {len(new)} batch keys that no episode of the show has yet "
            f"({new[0]} to {new[-1]}), and the show has {len(shared)}; "
            f"its episodes share at most {MOST_BATCH_KEYS}, coverage passes and retired keys included",
            cure="use a grouping with fewer batches or fewer coverage passes, or put the episode in a project of "
            "its own",
        )


def _main_keyed(groups: tuple[Group, ...], known: Mapping[str, tuple[str, ...]]) -> list[RosterEntry]:
    """``groups`` with the keys of the batches they have most shots in common with, or new ones."""
    candidates = {key: shots for key, shots in known.items() if key.startswith(_MAIN)}
    kept = match_by_overlap([group.identity.shot_ids for group in groups], candidates)
    new = _new_keys(_MAIN, known, digits=3)
    return [_entry(kept.get(position) or next(new), group) for position, group in enumerate(groups)]


def _coverage_keyed(
    groups: tuple[Group, ...], known: Mapping[str, tuple[str, ...]], passes: Mapping[str, str]
) -> list[RosterEntry]:
    """``groups`` with the keys their passes always had, or new ones.

    Not by overlap: passes over the same shots overlap alike, and their takes are not each other's.
    """
    new = _new_keys(_COVERAGE, known, digits=2)
    return [_entry(passes.get(group.identity.source_pass_id or "") or next(new), group) for group in groups]


def _new_keys(prefix: str, known: Iterable[str], *, digits: int) -> Iterator[str]:
    """Keys after all that were ever given. Main and coverage keys have number ranges of their own."""
    highest = max((_number(key) for key in known if key.startswith(prefix)), default=0)
    return (f"{prefix}{number:0{digits}d}" for number in count(highest + 1))


def _entry(key: str, group: Group) -> RosterEntry:
    return RosterEntry(batch=key, group=_stamped(group, key))


def _stamped(group: Group, key: str) -> Group:
    """``group`` with the ordinal of its key, so that inserting a batch renames no other one.

    A coverage pass that is numbered in its id keeps that number.
    """
    pass_id = group.identity.source_pass_id
    ordinal = _number(key) if pass_id is None else coverage_ordinal(pass_id, otherwise=_number(key))
    return group.model_copy(update={"identity": group.identity.model_copy(update={"ordinal": ordinal})})


def match_by_overlap(groups: list[tuple[str, ...]], known: Mapping[str, tuple[str, ...]]) -> dict[int, str]:
    """Which known key each group keeps: most shots in common first, then most alike, then oldest key.

    A key goes to at most one group, a group keeps at most one key, and without a common shot none is kept.
    """
    pairs = sorted(_overlaps(groups, known))
    kept: dict[int, str] = {}
    for *_, key, position in pairs:
        if position not in kept and key not in kept.values():
            kept[position] = key
    return kept


def _overlaps(
    groups: list[tuple[str, ...]], known: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[int, float, str, int]]:
    for position, shot_ids in enumerate(groups):
        for key, shots in known.items():
            common = len(set(shot_ids) & set(shots))
            if common:
                yield -common, -common / len(set(shot_ids) | set(shots)), key, position


def _number(key: str) -> int:
    match = _NUMBER.search(key)
    return int(match[1]) if match else 0
