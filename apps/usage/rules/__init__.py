"""The rules of counting: what adds up, what replaces what, which of several feeds counts. Pure."""
