"""A failure we know: what went wrong with which object, and what to do.  It becomes `error` in the report.

Anything else that goes wrong is ours to look at: it ends the process without a report, with its traceback in the log.
"""


class Failure(Exception):  # noqa: N818 - the sibling of a result, not a programming error
    def __init__(self, code: str, sentence: str, remedy: str):
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.remedy = remedy

    def as_error(self) -> dict[str, str]:
        return {"code": self.code, "sentence": self.sentence, "remedy": self.remedy}
