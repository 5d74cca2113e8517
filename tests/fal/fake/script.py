"""What the fake fal does with one submission: how it answers, how long it takes, what comes of it."""

from dataclasses import dataclass
from enum import StrEnum


class Taking(StrEnum):
    """What happens to the POST."""

    TAKE = "take"
    DROP_AFTER_ACCEPT = "drop_after_accept"  # the job is taken, and the connection is closed unanswered
    DROP_BEFORE = "drop_before"  # the connection is closed unanswered, and nothing was taken
    CUT_SHORT = "cut_short"  # the job is taken, and its answer breaks off
    WITHOUT_ID = "without_id"  # the job is taken, and the answer names no request
    WITHOUT_URLS = "without_urls"  # the job is taken, and the answer has its id alone
    FOREIGN_URLS = "foreign_urls"  # the job is taken, and the answer leads somewhere else
    NOT_JSON = "not_json"  # the job is taken, and the answer is a web page
    TOO_MANY = "too_many"  # 429 with Retry-After
    TOO_MANY_SILENT = "too_many_silent"  # 429 without
    SERVER_ERROR = "server_error"  # 500; nobody can know whether the job was taken: it was
    SERVER_ERROR_NOT_TAKEN = "server_error_not_taken"
    INGRESS_ERROR = "ingress_error"  # 503 of nginx; the job was taken
    UNAUTHORIZED = "unauthorized"
    LOCKED = "locked"  # 403
    UNPAID = "unpaid"  # 402
    QUOTES_THE_KEY = "quotes_the_key"  # 422, in whole and in part
    REFUSED = "refused"  # 422: the request itself is wrong
    MOVED = "moved"  # a redirect; nothing was taken


class Ending(StrEnum):
    """What the job ends as. fal calls all of them COMPLETED."""

    MEDIA = "media"
    INPUT_BLOCKED = "input_blocked"  # before generation; not billed, and the answer does not say so
    MEDIA_OF_NO_UNITS = "media_of_no_units"  # units: 0
    INPUT_BLOCKED_FREE = "input_blocked_free"  # units: 0
    OUTPUT_BLOCKED = "output_blocked"  # after generation; billed, and the answer does not say so
    OUTPUT_BLOCKED_BILLED = "output_blocked_billed"  # units on the answer
    MODEL_ERROR = "model_error"  # 500 with a detail list
    MODEL_ERROR_BILLED = "model_error_billed"  # 422 with units
    START_TIMEOUT = "start_timeout"  # 504 of the time-to-start
    RUNNER_LOST = "runner_lost"  # 503 with an error type
    FILE_DOWNLOAD_ERROR = "file_download_error"
    NO_MEDIA = "no_media"  # 200, and there is nothing in it
    ERROR_IN_STATUS = "error_in_status"  # the status names an error, the result is gone
    GONE = "gone"  # 404 for the result of a job that ended well
    CANCELLED = "cancelled"
    STILL_IN_PROGRESS = "still_in_progress"  # 400, as some servers say when they are asked too early


class Serving(StrEnum):
    """What happens to those who fetch the media."""

    WHOLE = "whole"
    TRUNCATED = "truncated"  # fewer bytes than announced
    TRUNCATED_ONCE = "truncated_once"  # the first time alone
    CUT_FILE = "cut_file"  # a file that was cut before it was announced
    EXPIRED = "expired"  # 404
    EXPIRED_AFTER_ONE = "expired_after_one"  # 404 to all but the first
    WEB_PAGE = "web_page"
    DISGUISED = "disguised"  # a web page that says it is a video
    PRIVATE_REDIRECT = "private_redirect"  # to an address inside a network


@dataclass(frozen=True)
class Script:
    """One submission's course.

    Attributes:
        delay_s: seconds before the POST is answered, of real time.
        queued_s, running_s: seconds in the queue and at work, by the server's clock.
        poll_faults: answers to the first status questions instead of the truth: an HTTP status, or 0 for a drop.
        cancel_is_late: a wish to cancel is accepted, and the job ends and bills all the same.
        half_s: seconds the media stands still when half of it is sent.
        retry_after_s: what a 429 asks to wait.
        header_units: whether a result that is good names its units.
    """

    taking: Taking = Taking.TAKE
    ending: Ending = Ending.MEDIA
    serving: Serving = Serving.WHOLE
    delay_s: float = 0.0
    queued_s: float = 0.0
    running_s: float = 0.0
    poll_faults: tuple[int, ...] = ()
    result_faults: tuple[int, ...] = ()
    cancel_is_late: bool = False
    half_s: float = 0.0
    retry_after_s: int = 7
    header_units: bool = True
