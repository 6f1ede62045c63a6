"""What a check is: an assumption, a way to look, and what each thing that may be seen is called by the emulator."""

import re
from dataclasses import dataclass, field
from typing import Callable

AS_ASSUMED, VARIANT, UNFORESEEN, NOT_TOLD = "as_assumed", "variant", "unforeseen", "not_told"


class NotTold(Exception):
    """This workspace does not show it; the text says why."""


class Unforeseen(Exception):
    """Something came that nobody thought of; the text shows it, with contents cut."""


@dataclass(frozen=True)
class Check:
    name: str
    assumption: str  # what dbxark and the emulator take for true
    how: str  # what is asked
    observe: Callable  # (world) -> a few words; raises NotTold, Unforeseen
    assumed: tuple  # the words that mean: as assumed
    otherwise: dict = field(default_factory=dict)  # other words -> the emulator's options that make it so
    needs_write: bool = False


@dataclass(frozen=True)
class Finding:
    check: Check
    outcome: str
    seen: str  # the words, or why it cannot be told
    options: tuple = ()  # of the emulator


def options_of(text):
    """"jobs-22-absent" -> ("--variant jobs-22-absent",); what begins with -- stands as it is."""
    return tuple(part if part.startswith("--") else "--variant " + part for part in text.split(" + ")) if text else ()


def judge(check, seen):
    if seen in check.assumed:
        return Finding(check, AS_ASSUMED, seen)
    if seen in check.otherwise:
        return Finding(check, VARIANT, seen, options_of(check.otherwise[seen]))
    # An error without a code says less; it counts where it fits one thing alone.
    if re.fullmatch(r"[45]\d\d", seen):
        fits = [words for words in (*check.assumed, *check.otherwise) if words.startswith(seen + " ")]
        if len(fits) == 1:
            return judge(check, fits[0])
        if fits:
            return Finding(check, NOT_TOLD, "the error names no code")
    return Finding(check, UNFORESEEN, seen)


def run(check, world):
    try:
        return judge(check, check.observe(world))
    except NotTold as reason:
        return Finding(check, NOT_TOLD, str(reason))
    except Unforeseen as seen:
        return Finding(check, UNFORESEEN, str(seen))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        # An answer that is made otherwise than any source says.
        return Finding(check, UNFORESEEN, "the answer is not made as expected (%s: %s)" %
                       (type(error).__name__, world.service.masked(error)))


def variants_of(checks):
    """Every emulator option that some check can report."""
    return sorted({option for check in checks for text in check.otherwise.values() for option in options_of(text)})
