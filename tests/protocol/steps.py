"""What a process does next: every durable step is one move, named as ``tests.support.watched`` names it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .rules import Rules
from .world import AGAIN, FATES, Attempt, Job, Process, World

Effect = World | None
"""The world after a step, or ``None`` where the step was refused."""

PREPARE = "provider.prepare"
LOOK = "look for open attempts"
BEAT = "look at the beat"
OWN = "own the beat"
INSERT = "ledger.insert"
END, DEAD = "end", "dead"
UNSENT = (PREPARE, "ledger.reserve", INSERT, "journal.make_room", "journal.record sending")
"""Steps before a POST: whatever ends one of them abandons the attempt."""


class Move(NamedTuple):
    """One thing that may happen now."""

    said: str
    world: World


def create(world: World, number: int, state: str, rules: Rules) -> Effect:
    """A state file is made under a name that must be free; ``sending`` and ``abandoned`` share theirs."""
    attempt = world.attempts[number]
    ordinal = 1
    if state in ("sending", "abandoned"):
        ordinal = attempt.refusals + 1
    elif state == "refused":
        ordinal = max(attempt.sends, 1)
    elif state == "unknown" and ("failed", 1) in attempt.files:
        ordinal = 2
    shared = ("sending", "abandoned") if rules.sending_and_abandoned_exclude_each_other else (state,)
    names = shared if state in shared else (state,)
    if any((name, ordinal) in attempt.files for name in names):
        return None
    paid = attempt.spent if state == "settled" else attempt.paid
    return world.with_attempt(number, attempt._replace(files=attempt.files | {(state, ordinal)}, paid=paid))


def book(world: World, number: int, kind: str, rules: Rules) -> Effect:
    """An entry of the ledger: made once, and a charge, a release and a later hold exclude each other."""
    attempt = world.attempts[number]
    forbidden = {"reserve": "release", "charge": "release", "release": "charge"}[kind]
    if forbidden in attempt.booked:
        return None
    if kind in attempt.booked and rules.an_entry_is_made_once:
        return world
    held = "reserve" in attempt.booked or rules.a_release_without_a_hold_forbids_one
    if kind == "release" and not held:
        return world
    return world.with_attempt(number, attempt._replace(booked=(*attempt.booked, kind)))


def reserve(world: World, number: int, rules: Rules) -> Effect:
    """The caps are asked and the money is held, in one transaction."""
    return book(world, number, "reserve", rules) if world.committed < rules.cap else None


def compared(world: World, rules: Rules) -> World:
    """The ledger beside the journal: what it lost of attempts that may have been sent is booked again, caps or not."""
    world = world._replace(lost=False)
    if not rules.the_ledger_is_compared_before_money_moves:
        return world
    for number, attempt in enumerate(world.attempts):
        if attempt.booked or (attempt.state != "settled" and not attempt.was_sent):
            continue
        closing = ("charge" if attempt.paid else "release",) if attempt.state == "settled" else ()
        world = world.with_attempt(number, attempt._replace(booked=(AGAIN, "reserve", *closing)))
    return world


def publish(world: World, number: int, _: Rules) -> Effect:
    return world.with_attempt(number, world.attempts[number]._replace(media=True))


def arrive(world: World, number: int, _: Rules) -> Effect:
    """A POST that nobody waits for any more is taken all the same."""
    attempt = world.attempts[number]
    world = world.with_attempt(number, attempt._replace(posts=attempt.posts + 1))
    return world._replace(jobs=(*world.jobs, Job(number, FATES["it will be made"])))


EFFECTS: dict[str, Callable[[World, int, Rules], Effect]] = {
    "ledger.reserve": reserve,
    INSERT: lambda world, number, rules: book(world, number, "reserve", rules),
    "ledger.charge": lambda world, number, rules: book(world, number, "charge", rules),
    "ledger.release": lambda world, number, rules: book(world, number, "release", rules),
    "media.publish": publish,
    "provider.submit": arrive,
}


def effect(world: World, number: int, step: str, rules: Rules) -> Effect:
    """What a step does to what outlives its process."""
    kind, _, state = step.partition("journal.record ")
    return create(world, number, state, rules) if not kind else EFFECTS[step](world, number, rules)


class Turn:
    """The next step of one process in one world."""

    def __init__(self, world: World, who: int, rules: Rules) -> None:
        self.world, self.who, self.rules = world, who, rules
        self.me: Process = world.processes[who]

    @property
    def attempt(self) -> Attempt:
        return self.world.attempts[self.me.attempt]

    def moves(self) -> Iterator[Move]:
        """Every way the step may end, none of them by bad luck of the process itself."""
        own = {
            LOOK: self._look_for_open,
            OWN: self._own,
            BEAT: self._look_at_the_beat,
            "journal.open": self._open,
            PREPARE: self._prepare,
            "journal.make_room": self._last_look,
            "provider.submit": self._post,
            "provider.poll": self._poll,
            "provider.fetch": lambda: self._go("media.publish"),
            "primaries.choose": self._choose,
        }
        if self.me.at in own:
            yield from own[self.me.at]()
        else:
            yield from self._durable_step()

    def failed(self, world: World | None = None) -> World:
        """The step failed: what is not sent yet is abandoned, anything else is left as it is."""
        if self.me.at in UNSENT:
            return self._at("journal.record abandoned", world)
        return self._let_go(world)

    def _durable_step(self) -> Iterator[Move]:
        step = self.me.at
        if step == "ledger.reserve" and not self.rules.a_cap_is_checked_where_money_is_held:
            fits = self.world.committed < self.rules.cap
            yield Move("look at the caps", self._at(INSERT) if fits else self.failed())
            return
        after = effect(self.world, self.me.attempt, step, self.rules)
        if after is None:
            yield Move(f"{step} is refused", self.failed())
            return
        if step == "journal.record submitted":
            heard = after.attempts[self.me.attempt]._replace(job=self.me.reply)
            after = after.with_attempt(self.me.attempt, heard)
        for said, world in Turn(after, self.who, self.rules)._after(step):
            yield Move(said or step, world)

    def _after(self, step: str) -> Iterator[Move]:
        """Where the process goes from a durable step that was made."""
        if step == "journal.record refused":
            yield Move(f"{step}, and it is given up", self._at(self._giving_up()))
            if self.attempt.sends < self.rules.most_sends:
                yield Move(f"{step}, and it is waited for", self._at("journal.make_room"))
        elif step == "journal.record failed":
            yield Move("", self._at(self._settling_a_failure()))
        elif step == "journal.record unknown":
            yield Move("", self._let_go())
        elif step in ("journal.record settled", "ledger.charge") and ("settled", 1) in self.attempt.files:
            yield Move("", self._settled())
        else:
            yield Move("", self._at(self._following()[step]))

    def _following(self) -> dict[str, str]:
        """The one step that follows a step, by the rules that hold."""
        rules = self.rules
        follows = {
            "ledger.reserve": "journal.make_room",
            INSERT: "journal.make_room",
            "journal.record sending": "provider.submit",
            "journal.record submitted": "provider.poll",
            "journal.record completed": self._fetching(),
            "media.publish": "journal.record downloaded",
            "journal.record downloaded": "ledger.charge",
            "ledger.charge": "journal.record settled",
            "journal.record abandoned": "ledger.release",
            "ledger.release": "journal.record settled",
        }
        if not rules.sending_is_on_disk_before_the_post:
            follows["journal.record sending"] = "journal.record submitted"
        if not rules.abandoned_is_on_disk_before_the_release:
            follows["ledger.release"] = "journal.record abandoned"
            follows["journal.record abandoned"] = "journal.record settled"
        if not rules.media_is_on_disk_before_downloaded:
            follows["journal.record downloaded"] = "media.publish"
            follows["media.publish"] = "ledger.charge"
        if not rules.money_is_booked_before_settled:
            follows["journal.record downloaded"] = "journal.record settled"
        return follows

    def _look_for_open(self) -> Iterator[Move]:
        """Own the next open attempt's beat, or pass it by where somebody else does."""
        if self.world.lost:
            yield Move("compare the ledger with the journal", compared(self.world, self.rules))
            return
        numbers = range(self.me.cursor, len(self.world.attempts))
        number = next((item for item in numbers if self.world.attempts[item].state != "settled"), -1)
        if number < 0:
            at = END if self.me.resumes_only else OWN
            yield Move(LOOK, self._at(at, beat=0, attempt=-1, resuming=False, cursor=0))
            return
        attempt = self.world.attempts[number]
        passed_by = self._at(LOOK, cursor=number + 1)
        if attempt.state == "unknown" or not self._free(attempt.beat):
            yield Move(f"pass attempt {number} by", passed_by)
            return
        mine = self._at(LOOK, cursor=number, beat=attempt.beat, attempt=number, owns=True)
        yield Move(f"own attempt {number}", Turn(mine, self.who, self.rules)._carry_on(attempt.state))

    def _carry_on(self, state: str) -> World:
        """The first step of a resume, by where the attempt stands."""
        steps = {
            "intent": self._giving_up(),
            "refused": self._giving_up(),
            "sending": "journal.record unknown" if self.rules.a_resume_never_posts else "provider.submit",
            "submitted": "provider.poll",
            "completed": self._fetching(),
            "downloaded": "ledger.charge",
            "failed": self._settling_a_failure(),
            "abandoned": "ledger.release",
        }
        return self._at(steps[state])

    def _own(self) -> Iterator[Move]:
        beat = self.me.beat
        if not self.rules.attempts_are_read_under_the_lock:
            yield Move(f"look at beat {beat}", Turn(self.world, self.who, self.rules)._by_what_is_there())
        elif self._free(beat):
            yield Move(f"own beat {beat}", self._at(BEAT, owns=True))
        else:
            yield Move(f"beat {beat} is in progress elsewhere", self._let_go())

    def _look_at_the_beat(self) -> Iterator[Move]:
        yield Move(f"look at beat {self.me.beat}", self._by_what_is_there())

    def _by_what_is_there(self) -> World:
        """Nothing is sent for a beat that has a success, or that waits for an attempt's end."""
        world, rules = self.world, self.rules
        mine = [item for item in world.attempts if item.beat == self.me.beat]
        closed = any(item.state != "settled" for item in mine) and rules.an_open_attempt_closes_its_beat
        made = world.chosen[self.me.beat] >= 0
        if not made and rules.a_success_is_adopted and not closed:
            ready = [number for number, item in enumerate(world.attempts) if item in mine and item.succeeded]
            if ready:
                return self._at("primaries.choose", attempt=ready[-1])
        if made or closed or world.closed or sum(item.was_sent for item in mine) >= rules.max_takes:
            return self._let_go()
        return self._at("journal.open")

    def _open(self) -> Iterator[Move]:
        if not self.me.owns and not self._free(self.me.beat):
            yield Move("the beat is in progress elsewhere", self._let_go())
            return
        number = len(self.world.attempts)
        opened = self.world._replace(attempts=(*self.world.attempts, Attempt(self.me.beat)))
        yield Move(f"journal.open attempt {number}", self._at(PREPARE, opened, attempt=number, owns=True))

    def _prepare(self) -> Iterator[Move]:
        """What the job needs is uploaded: that may take long, and nothing is held meanwhile."""
        yield from self._go(
            "ledger.reserve" if self.rules.money_is_held_before_the_post else "journal.make_room"
        )

    def _last_look(self) -> Iterator[Move]:
        resent = self.attempt.sends > 0 and not self.rules.a_stop_is_heard_before_every_send
        if self.me.stopped and not resent:
            yield Move("a stop is heard", self._at(self._giving_up()))
            return
        if self.world.closed and self.rules.gates_are_looked_at_again_before_sending:
            yield Move("the gate is closed", self._at(self._giving_up()))
            return
        early = not self.rules.sending_is_on_disk_before_the_post
        at = "provider.submit" if early else "journal.record sending"
        yield Move(self.me.at, self._at(at, overlooks=self.world.closed))

    def _post(self) -> Iterator[Move]:
        """The provider takes it or refuses it, and says so or not; ``sending`` on disk covers all of that."""
        number, luck = self.me.attempt, self.world.luck
        sent = self.attempt._replace(posts=self.attempt.posts + 1)
        world = self.world.with_attempt(number, sent)
        told = self.me.after_stop + self.me.stopped
        early = not self.rules.sending_is_on_disk_before_the_post
        doubt = "unknown" if self.rules.a_lost_reply_is_unknown_and_no_refusal else "refused"
        for fate_said, fate in FATES.items():
            taken = world._replace(jobs=(*world.jobs, Job(number, fate)))
            heard = taken.with_attempt(number, sent._replace(heard=True))
            at = "journal.record sending" if early else "journal.record submitted"
            yield Move(
                f"provider.submit: {fate_said}", self._at(at, heard, reply=len(world.jobs), after_stop=told)
            )
            if luck.losses:
                lost = self._at(f"journal.record {doubt}", taken.used(losses=1), after_stop=told)
                yield Move(f"provider.submit: {fate_said}, and the reply is lost", lost)
        if luck.losses:
            lost = self._at(f"journal.record {doubt}", world.used(losses=1), after_stop=told)
            yield Move("provider.submit is lost on its way", lost)
        if luck.refusals:
            refused = self._at("journal.record refused", world.used(refusals=1), after_stop=told)
            yield Move("provider.submit is refused", refused)

    def _poll(self) -> Iterator[Move]:
        if self.me.stopped:
            yield Move("provider.poll: it still runs when the stop is heard", self._let_go())
        made = self.world.jobs[self.attempt.job].fate.succeeds
        yield from self._go(f"journal.record {'completed' if made else 'failed'}")

    def _choose(self) -> Iterator[Move]:
        beat, number = self.me.beat, self.me.attempt
        chosen = (*self.world.chosen[:beat], number, *self.world.chosen[beat + 1 :])
        yield Move("primaries.choose", self._let_go(self.world._replace(chosen=chosen)))

    def _giving_up(self) -> str:
        first = self.rules.abandoned_is_on_disk_before_the_release
        return "journal.record abandoned" if first else "ledger.release"

    def _fetching(self) -> str:
        """What is on disk already is not fetched again."""
        return "journal.record downloaded" if self.attempt.media else "provider.fetch"

    def _settling_a_failure(self) -> str:
        """By evidence: a plain yes is charged, a plain no is released, anything less stays held."""
        if self.me.attempt < 0 or self.attempt.job < 0:
            return "journal.record unknown"
        steps = {"yes": "ledger.charge", "no": "ledger.release", "unknown": "journal.record unknown"}
        if not self.rules.a_doubtful_bill_stays_held:
            steps["unknown"] = "ledger.release"
        return steps[self.world.jobs[self.attempt.job].fate.verdict]

    def _settled(self) -> World:
        """A success is chosen, a failed job may be tried again; what was never sent ends the beat's turn."""
        attempt = self.attempt
        if not self.rules.money_is_booked_before_settled and attempt.media and not attempt.spent:
            return self._at("ledger.charge")
        if self.me.resuming or not attempt.was_sent:
            return self._let_go()
        return self._at("primaries.choose" if attempt.succeeded else BEAT)

    def _free(self, beat: int) -> bool:
        return self.world.owner(beat) is None or not self.rules.locks_are_freed_by_death_alone

    def _let_go(self, world: World | None = None) -> World:
        """Free the lock and turn to what is next: another open attempt, another beat, or the end."""
        me = self.me._replace(owns=False, attempt=-1, reply=-1)
        if me.resuming:
            me = me._replace(at=LOOK, cursor=me.cursor + 1, beat=-1)
        elif me.beat + 1 < len(self.world.chosen):
            me = me._replace(at=OWN, beat=me.beat + 1)
        else:
            me = Process(resumes_only=me.resumes_only, at=END, late=me.late, after_stop=me.after_stop)
        return (world or self.world).with_process(self.who, me)

    def _go(self, at: str) -> Iterator[Move]:
        yield Move(self.me.at, self._at(at))

    def _at(self, at: str, world: World | None = None, **changes: object) -> World:
        return (world or self.world).with_process(self.who, self.me._replace(at=at, **changes))
