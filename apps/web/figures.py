"""How figures read: short, exact, as money, as hours. Pure; nothing is invented or hidden here."""

_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))
_MICROS = 10**6
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DIGITS = 3


def exact(number: int) -> str:
    """Return the whole number with thin groups: `1,234,567`."""
    return f"{number:,}"


def short(number: int) -> str:
    """Return at most three digits and a unit: `950`, `12.3K`, `4.56B`."""
    for size, unit in _UNITS:
        if abs(number) >= size:
            return f"{_three_digits(number, size)}{unit}"
    return str(number)


def dollars(micros: int) -> str:
    """Return micro-dollars as dollars and cents; what is above nothing never reads as nothing."""
    if 0 < micros < _MICROS // 100:
        return "under $0.01"
    cents = (micros + 5000) // 10_000
    return f"${cents // 100:,}.{cents % 100:02}"


def short_dollars(micros: int) -> str:
    """Return micro-dollars in full below a thousand dollars, short above: `$12.3K`."""
    if micros < 1000 * _MICROS:
        return dollars(micros)
    return f"${short(micros // _MICROS)}"


def signed(number: int) -> str:
    """Return the whole number with its sign: `+1,234` or `0`, with a real minus below it."""
    return f"{_sign(number)}{abs(number):,}"


def signed_dollars(micros: int) -> str:
    """Return micro-dollars with their sign: `+$0.40` or `$0.00`."""
    return f"{_sign(micros)}{dollars(abs(micros))}"


def signed_percent(thousandths: int) -> str:
    """Return thousandths as a percentage with its sign: `+12.5%`."""
    return f"{_sign(thousandths)}{percent(abs(thousandths))}"


def delay(seconds: int) -> str:
    """Return how late something came: `45 s`, `12 min`, `5 h 20 min`, `3 days`."""
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02} min"
    return f"{seconds // _DAY} days"


def duration(seconds: int) -> str:
    """Return seconds as hours and minutes: `4 h 05 min`, `12 min`, `under a minute`."""
    hours, rest = divmod(seconds, _HOUR)
    minutes = rest // 60
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min" if minutes else "under a minute"


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`, `1,042nd`."""
    ending = "th"
    if number % 100 not in (11, 12, 13):
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def percent(thousandths: int) -> str:
    """Return thousandths as a percentage: `93.4%`, whole where it is whole."""
    whole, tenth = divmod(thousandths, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"


def thousandths(part: int, *, of: int) -> int:
    """Return the part of a whole in thousandths, cut (999 is not all); 0 of nothing."""
    return part * 1000 // of if of else 0


def _sign(number: int) -> str:
    return "+" if number > 0 else "\N{MINUS SIGN}" if number < 0 else ""


def _three_digits(number: int, size: int) -> str:
    """Cut, never round up, so that 999,999 is not shown as 1000K."""
    whole = abs(number) // size
    decimals = _DIGITS - len(str(whole))
    text = f"{whole}"
    if decimals > 0:
        part = abs(number) % size * 10**decimals // size
        text = f"{whole}.{part:0{decimals}}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text
