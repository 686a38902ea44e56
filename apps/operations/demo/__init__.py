"""
A company that does not exist, for trying things out: who works there, and what they did.

`company` invents people from a seed, `days` invents their records, `actions`
puts both in through the same actions as real people and real usage.
"""
