"""What can go wrong, each with the exit status that a script sees."""

from __future__ import annotations


class ClientError(Exception):
    """A sentence for the reader, and what she can do."""

    status = 1

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.remedy = remedy

    def told(self) -> str:
        return f"{self} {self.remedy}".strip()


class UsageError(ClientError):
    status = 2


class NoAnswerError(ClientError):
    """The archive does not answer, or not as an archive does."""

    status = 3


class RefusedError(ClientError):
    """The archive has understood, and says no; asking again is of no use."""

    status = 4

    def __init__(self, sentence: str, remedy: str = "", *, http_status: int = 0, code: str = "") -> None:
        super().__init__(sentence, remedy)
        self.http_status = http_status
        self.code = code


class NoRoomError(ClientError):
    status = 5


class CutError(ClientError):
    """The bytes ended before their time; what came is kept."""


class WrongBytesError(ClientError):
    """The file cannot be made equal to its checksum."""


class StoppedError(ClientError):
    """The reader has stopped the program."""

    status = 130

    def __init__(self) -> None:
        super().__init__("Stopped.", "The same command goes on where this one ended.")
