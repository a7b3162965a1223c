"""What a chapter's checker is made of: cases with ids, claims and hints, and ways to say what is wrong.

How a file is loaded, and where the cases run, is the matter of `runner`.
"""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, Optional, Union

    Check = Callable[[Any], None]

LONGEST = 160  # characters of a value that are shown


class Wrong(Exception):
    """The reader's code did something else than was wanted; the text says what."""


class Missing(AttributeError):
    """The reader's file lacks a name."""


class Case:
    """One thing that a reader's code must do right."""

    def __init__(self, ident: str, claim: str, hint: str, run: Check) -> None:
        self.ident = ident
        self.claim = claim
        self.hint = hint
        self.run = run


class Chapter:
    """The cases of one chapter, in the order in which they are shown.

    :param number: of the chapter; a text like "14a" for a part of one.
    :param wants: the names that a reader's file must have -> how each is called.

    >>> chapter = Chapter(99, "Sums", wants={"add": "add(a, b) -> their sum"})
    >>> @chapter.case("99.a", "two and two are four", hint="Look at the operator.")
    ... def two_and_two(code):
    ...     expect(code.add(2, 2), 4)
    >>> chapter.key, [case.ident for case in chapter.cases]
    ('99', ['99.a'])
    """

    def __init__(self, number: Union[int, str], title: str, wants: Optional[dict[str, str]] = None) -> None:
        self.key = f"{number:02}" if isinstance(number, int) else number
        self.title = title
        self.wants = wants or {}
        self.cases: list[Case] = []

    def case(self, ident: str, claim: str, *, hint: str) -> Callable[[Check], Check]:
        """Register the decorated function, which takes the reader's module, as a case.

        :param ident: a row of our tables of cases, as "A05", or the chapter and a letter, as "02.a".
        :param claim: what is so when the code is right.
        :param hint: a sentence or two for whoever has it wrong.
        """
        def register(run: Check) -> Check:
            self.cases.append(Case(ident, claim, hint, run))
            return run
        return register


def shown(value: object) -> str:
    """Return a value as a reader may see it: in ASCII, and not too long."""
    text = ascii(value)
    if text.startswith("<"):
        text = f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST - 20]} ... {text[-12:]}"


def expect(seen: object, wanted: object, about: str = "") -> None:
    """Raise `Wrong` unless both are equal.

    :param about: what the value is of, if the claim does not tell.
    """
    if seen != wanted:
        raise Wrong(f"{about + ': ' if about else ''}wanted {shown(wanted)}, saw {shown(seen)}")


def expect_error(kind: Union[type[BaseException], tuple[type[BaseException], ...]], call: Callable[..., object],
                 *args: object) -> None:
    """Raise `Wrong` unless the call raises an error of this kind."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    wanted = " or ".join(dict.fromkeys(one.__name__ for one in kinds))
    try:
        seen = call(*args)
    except kind:
        return
    except (Missing, Wrong):
        raise
    except Exception as exc:
        raise Wrong(f"wanted {wanted}, saw {told(exc)}, for {_arguments(args)}") from exc
    raise Wrong(f"wanted {wanted}, but {shown(seen)} was returned for {_arguments(args)}")


def _arguments(args: tuple[object, ...]) -> str:
    return ", ".join(map(shown, args)) or "no arguments"


@contextmanager
def memory_peak() -> Iterator[Callable[[], int]]:
    """Give a function that tells the most bytes that were in use in the block; 0 where Python cannot tell (PyPy)."""
    try:
        import tracemalloc
    except ImportError:
        yield lambda: 0
        return
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def told(exc: BaseException) -> str:
    """Return an exception in one line."""
    text = str(exc).partition("\n")[0].encode("ascii", "backslashreplace").decode()
    return f"{type(exc).__name__}: {text[:LONGEST]}" if text else type(exc).__name__
