"""What the stack says when it cannot go on: one sentence that names the thing and the way out."""


class StackError(Exception):
    """The reader can act on it; the command prints the sentence alone, without a traceback."""


class PortInUseError(StackError):
    pass


class NotReadyError(StackError):
    """A service was started and ended, or did not answer."""
