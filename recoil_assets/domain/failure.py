"""What a provider said of a job that failed, by the provider's own names."""

from recoil_assets.domain.value import Value


class FailureFacts(Value):
    """What is known of a failure. All of it is the provider's word; what it did not say is empty or None.

    Attributes:
        error_type: its machine-readable type, such as ``content_policy_violation``.
        location: where in the request or result it lies, such as ``body.image_urls``.
        reason: a finer machine-readable reason, such as ``partner_validation_failed``.
        http_status: status of the answer that carried it.
        retryable_hint: whether the provider says that trying again may help.
        message: what it says to people; never branched on where a type exists.
    """

    error_type: str = ""
    location: str = ""
    reason: str = ""
    http_status: int | None = None
    retryable_hint: bool | None = None
    message: str = ""
