"""Names compared for `bench/brute_force.py`: folded and cut into trigrams here, not by the archive or the database."""

import re

import numpy as np

THRESHOLD = 0.5


class Names:
    """`names` by key; each question gives a flag for every key."""

    def __init__(self, names: list[str]):
        self.folded = np.array([folded(name) for name in names])
        self._trigrams = None

    def equal(self, name):
        return self.folded == folded(name)

    def beginning(self, name):
        return np.char.startswith(self.folded, folded(name))

    def similar(self, name):
        """As pg_trgm: what two names share of all the trigrams that they have."""
        if self._trigrams is None:
            self._index()
        wanted = trigrams(folded(name))
        shared = np.zeros(len(self.folded), int)
        for trigram in wanted:
            shared[self._trigrams.get(trigram, [])] += 1
        # The database reckons in single precision
        share = shared.astype(np.float32) / (self._counts + len(wanted) - shared).astype(np.float32)
        return share >= np.float32(THRESHOLD)

    def _index(self):
        of = {}
        self._counts = np.zeros(len(self.folded), int)
        for at, key in enumerate(self.folded.tolist()):
            found = trigrams(key)
            self._counts[at] = len(found)
            for trigram in found:
                of.setdefault(trigram, []).append(at)
        self._trigrams = {trigram: np.array(at) for trigram, at in of.items()}


def folded(name: str) -> str:
    """Enough for the names that are drawn: ASCII, and a sign of coordinates written as a letter."""
    name = re.sub(r"(\d{3}|\d\.\d)p(?=\d{3})", r"\1+", name.lower())
    kept = re.sub(r"[^a-z0-9+.-]", "", name)
    kept = re.sub(r"[+-]+(?=[+-])", "", kept)
    return re.sub(r"(?<![0-9])[+.-]|[+.-](?![0-9])", "", kept)


def trigrams(key: str) -> set[str]:
    words = re.findall(r"[a-z0-9]+", key)
    return {padded[at : at + 3] for word in words for padded in [f"  {word} "] for at in range(len(padded) - 2)}
