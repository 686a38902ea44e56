"""Packs of the log: how they are written, and how they are checked offline and live."""
