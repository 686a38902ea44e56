"""The Merkle tree and its signed heads, as RFC 9162 and C2SP write them. Pure."""
