"""What can go wrong in a way somebody can act on.

A refusal is a sentence: what, about which object, what to do next.  Every face shows the same sentence, with the
`status` and `code` of its class; anything that is not one of these two kinds is our own mistake.
"""


class ArchiveError(Exception):
    """The reader of the sentence can act on it; trying again without doing so is of no use."""

    status = 400
    code = "refused"

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy


class TransientError(Exception):
    """Something outside did not answer; the same step may be tried again later, as it is."""
