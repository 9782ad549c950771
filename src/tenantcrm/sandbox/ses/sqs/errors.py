"""The refusals of SQS, by their names. Source: the error shapes of the service ``sqs``."""


class SqsError(Exception):
    """Base of every refusal. ``kind``: the wire name; ``code``: its older one."""

    kind = "InvalidParameterValue"
    code = "InvalidParameterValue"
    status = 400

    def __init__(self, message: str) -> None:
        """Keep the words."""
        super().__init__(message)
        self.message = message


class InvalidValueError(SqsError):
    """The input is not valid."""


class QueueNotFoundError(SqsError):
    """There is no such queue."""

    kind = "QueueDoesNotExist"
    code = "AWS.SimpleQueueService.NonExistentQueue"


class ReceiptError(SqsError):
    """The receipt handle is not one."""

    kind = "ReceiptHandleIsInvalid"
    code = "ReceiptHandleIsInvalid"


class NotInFlightError(SqsError):
    """The message was not received, or its time is over."""

    kind = "MessageNotInflight"
    code = "AWS.SimpleQueueService.MessageNotInflight"


class UnknownOperationError(SqsError):
    """The simulator knows no such operation."""

    kind = "UnsupportedOperation"
    code = "AWS.SimpleQueueService.UnsupportedOperation"


class BatchError(SqsError):
    """A batch is empty, too long, or names an entry twice."""

    def __init__(self, kind: str, message: str) -> None:
        """``kind``: the name without its prefix, such as ``EmptyBatchRequest``."""
        super().__init__(message)
        self.kind = kind
        self.code = f"AWS.SimpleQueueService.{kind}"
