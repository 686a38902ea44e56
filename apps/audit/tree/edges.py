"""The right edge of a tree that is read leaf by leaf."""

from apps.audit.tree.hashing import EMPTY_ROOT, node_hash


class Edge:
    """The right edge of a growing tree: the roots of its perfect subtrees, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Take in the next leaf."""
        self._peaks.append(leaf)
        self.size += 1
        # As many subtrees become one as the size has zeros at its end.
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self._peaks.pop()
            self._peaks[-1] = node_hash(self._peaks[-1], right)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        root = b""
        for peak in reversed(self._peaks):
            root = node_hash(peak, root) if root else peak
        return root or EMPTY_ROOT
