"""
The texts that people agree to when they choose who may see them.

A published version is never edited: the choices made under it point at it. A
changed text is a new version, published by a migration of its own.
"""

VERSION_1 = """\
Claudeonomics counts how much work you do with AI tools: tokens, cost, models, days and sessions. \
It never stores what you wrote or what was answered. You always see all of your own figures, and \
you decide what others may see:

Private: you are on no board. Nobody but you sees a figure of yours. Your use still counts in \
totals of the whole company that name nobody.

Under a pseudonym: you are ranked, and others see a made-up name in your place. Each viewer sees \
another made-up name, and each publication has new ones, so that they cannot be put together. \
Someone who knows your habits well may still guess that it is you.

By name: you are ranked, and those who may see a board see your name, your rank, your rounded \
figures and your badges on it.

You may change your mind at any time and need to give no reason. Choosing to be private takes \
effect at once, also on boards already published. What somebody has read or copied before then \
cannot be taken back; every look is written down, and you can see who looked.
"""
