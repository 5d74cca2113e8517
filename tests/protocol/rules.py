"""The rules of the protocol, each a switch: a search without one of them must find the harm it prevents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of them hold in the code.

    Attributes:
        cap: what may be spent and held at once.
        max_takes: how many attempts at a beat may be sent.
        most_sends: how often an attempt may be sent, after refusals.
    """

    cap: int
    max_takes: int = 2
    most_sends: int = 2
    sending_is_on_disk_before_the_post: bool = True
    money_is_held_before_the_post: bool = True
    room_is_set_aside_for_the_request_id: bool = True
    a_lost_reply_is_unknown_and_no_refusal: bool = True
    a_resume_never_posts: bool = True
    locks_are_freed_by_death_alone: bool = True
    attempts_are_read_under_the_lock: bool = True
    sending_and_abandoned_exclude_each_other: bool = True
    abandoned_is_on_disk_before_the_release: bool = True
    a_release_without_a_hold_forbids_one: bool = True
    a_cap_is_checked_where_money_is_held: bool = True
    money_is_booked_before_settled: bool = True
    an_entry_is_made_once: bool = True
    a_doubtful_bill_stays_held: bool = True
    an_open_attempt_closes_its_beat: bool = True
    a_success_is_adopted: bool = True
    a_stop_is_heard_before_every_send: bool = True
    media_is_on_disk_before_downloaded: bool = True
    gates_are_looked_at_again_before_sending: bool = True
    a_person_waits_for_the_lock: bool = True
    a_word_is_booked_before_settled: bool = True
    the_ledger_is_compared_before_money_moves: bool = True
