"""Runs a reader's file against a chapter's cases, in a process of its own, and says what was right.

The child process may hang, end or crash: the parent knows at which case it was,
calls that one wrong, and goes on with the next in another child. Where there are
no processes the cases run right here, and an endless loop is the reader's to stop.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from time import monotonic

from .cases import Chapter, Missing, Wrong, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, Optional

    Emit = Callable[[Any], None]

SECONDS = 10.0  # for a whole check
SECONDS_A_CASE = 3.0
CHAPTERS = 18

# What the child runs: it finds the package where its parent did, under the same name.
CHILD = """
import json, sys
path, package, arguments = json.loads(sys.argv[1])
sys.path[:] = path
from importlib import import_module
import_module(package + ".runner").serve(*arguments)
"""


class NoChapter(LookupError):
    """There is no checker for this chapter."""


def find_chapter(key: str) -> Chapter:
    """Return the chapter with this number, as "2", "02" or "14a"; raises NoChapter."""
    letter = key[-1:] if key[-1:].isalpha() else ""
    digits = key[:len(key) - len(letter)]
    name = f"{__package__}.chapter{digits.zfill(2)}{letter}"
    if not (key.isascii() and digits.isdigit()) or importlib.util.find_spec(name) is None:
        raise NoChapter(f"there is no checker for chapter {key}")
    chapter: Chapter = importlib.import_module(name).CHAPTER
    return chapter


def all_chapters() -> Iterator[Chapter]:
    """Yield every chapter that has a checker, in their order."""
    for number in range(1, CHAPTERS + 1):
        for letter in ("", *"abcd"):
            try:
                yield find_chapter(f"{number:02}{letter}")
            except NoChapter:
                continue


# -- in the child ----------------------------------------------------------------------------


def load(file: str) -> Any:
    """Return a reader's file as a module; `if __name__ == "__main__"` is not true in it."""
    module = type(sys)("reader_file")
    module.__file__ = file
    with open(file, "rb") as stream:
        source = stream.read()
    sys.modules[module.__name__] = module  # classes look their module up
    sys.path.insert(0, os.path.dirname(file))
    exec(compile(source, file, "exec", dont_inherit=True), vars(module))

    def missing(name: str) -> Any:
        raise Missing(f"your file has no {name}")
    vars(module).setdefault("__getattr__", missing)
    return module


def _line_in(exc: BaseException, file: str) -> str:
    """Return the place in the reader's file that an exception came through last, in words."""
    lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == file]
    return f" (line {lines[-1]} of your file)" if lines else ""


def _load_or_say(file: str) -> tuple[Any, str]:
    """Return the module and "", or None and why there is none."""
    try:
        return load(file), ""
    except SyntaxError as exc:
        return None, f"it is not Python: {exc.msg} (line {exc.lineno} of your file)"
    except SystemExit:
        return None, "it ends the program while it is loaded; put that below `if __name__ == \"__main__\":`"
    except BaseException as exc:
        return None, f"loading it failed with {told(exc)}{_line_in(exc, file)}"


def _verdict(case: Any, code: Any, file: str) -> str:
    """Return what was wrong in a case, or nothing."""
    try:
        case.run(code)
    except (Wrong, Missing) as exc:
        return str(exc)
    except RecursionError:
        return "it called itself without end (RecursionError)"
    except BaseException as exc:
        return f"it raised {told(exc)}{_line_in(exc, file)}"
    return ""


def answer(key: str, file: str, start: int, emit: Emit) -> None:
    """Load the file and emit [fault, missing names], then one text for each case from *start* on."""
    chapter = find_chapter(key)
    code, fault = _load_or_say(file)
    emit([fault, [name for name in chapter.wants if not fault and name not in vars(code)]])
    for case in chapter.cases[start:] if not fault else []:
        emit(_verdict(case, code, file))


def serve(key: str, file: str, start: int) -> None:
    """Answer on the standard output; what the reader's code prints goes to the error output."""
    import threading

    with os.fdopen(os.dup(1), "w", encoding="ascii") as pipe:
        os.dup2(2, 1)
        output: Any = sys.stdout
        output.reconfigure(line_buffering=True)  # the process may end at any time

        def emit(message: Any) -> None:
            print(json.dumps(message), file=pipe, flush=True)

        def thread_failed(args: Any) -> None:
            print(f"(a thread ended with {told(args.exc_value)}{_line_in(args.exc_value, file)})", file=sys.stderr)
        threading.excepthook = thread_failed
        answer(key, file, start, emit)
    os._exit(0)  # whatever threads the reader's code has left


# -- in the parent ---------------------------------------------------------------------------


class Answers:
    """What is known of a file: why it cannot be loaded, what it lacks, and a verdict for each case."""

    def __init__(self) -> None:
        self.fault = ""
        self.missing: list[str] = []
        self.loaded = False
        self.verdicts: list[str] = []  # "" is right

    def take(self, message: Any) -> None:
        """Take one message of a child."""
        if isinstance(message, str):
            self.verdicts.append(message)
        else:
            self.loaded = True
            self.fault, self.missing = message

    def stopped(self, why: str) -> None:
        """The child gave no answer to what it was at."""
        if self.loaded:
            self.verdicts.append(why)
        else:
            self.fault = f"while it was loaded, {why}; put what runs below `if __name__ == \"__main__\":`"


def has_processes() -> bool:
    """Tell whether this Python can start another."""
    return bool(sys.executable) and sys.platform not in ("emscripten", "wasi") and not getattr(sys, "frozen", False)


def ask(chapter: Chapter, file: str, seconds: float = SECONDS, prints_to: Optional[int] = None) -> Answers:
    """Return how a file answers to the cases of a chapter.

    :param seconds: for all of it; what was not reached by then is wrong.
    :param prints_to: where goes what the file prints, as `subprocess` understands it; None is our error output.
    """
    answers, wanted, end = Answers(), len(chapter.cases), monotonic() + seconds
    if not has_processes():
        answer(chapter.key, file, 0, answers.take)
        return answers
    while len(answers.verdicts) < wanted and not answers.fault and monotonic() < end:
        answers.loaded = False
        _ask_child(chapter, file, answers, end, prints_to)
    if not answers.fault:
        answers.verdicts += [f"not reached: the whole check may take {seconds:g} seconds"] \
            * (wanted - len(answers.verdicts))
    return answers


def _ask_child(chapter: Chapter, file: str, answers: Answers, end: float, prints_to: Optional[int]) -> None:
    """Have one child answer what is not answered yet, until it is silent for too long, or gone."""
    import subprocess
    from queue import Empty, SimpleQueue
    from threading import Thread

    arguments = json.dumps([sys.path, __package__, [chapter.key, file, len(answers.verdicts)]])
    lines: SimpleQueue[Optional[bytes]] = SimpleQueue()
    with subprocess.Popen([sys.executable, "-c", CHILD, arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=prints_to) as child:
        assert child.stdout is not None

        def pass_on(stream: Any) -> None:
            for line in stream:
                lines.put(line)
            lines.put(None)
        reader = Thread(target=pass_on, args=[child.stdout], daemon=True)
        reader.start()
        try:
            while len(answers.verdicts) < len(chapter.cases) and not answers.fault:
                line = lines.get(timeout=max(0.01, min(SECONDS_A_CASE, end - monotonic())))
                if line is None:
                    return answers.stopped("it ended the program")
                answers.take(json.loads(line))
        except Empty:
            answers.stopped("it did not come to an end: an endless loop, or it waits for something")
        finally:
            child.kill()
            reader.join()


# -- what is printed -------------------------------------------------------------------------


def report(chapter: Chapter, file: str, seconds: float = SECONDS) -> Iterator[str]:
    """Yield the lines that tell how a file does; the last one tells how many cases are right."""
    answers = ask(chapter, os.path.abspath(file), seconds)
    names = [f"  {chapter.wants[name]}" for name in answers.missing]
    if answers.fault:
        yield f"{file}: {answers.fault}"
    elif names and len(names) == len(chapter.wants):
        yield f"{file} is not of chapter {chapter.key}, which wants:"
        yield from names
    else:
        if names:
            yield f"{file} lacks what chapter {chapter.key} wants:"
            yield from names
        width = max(len(case.ident) for case in chapter.cases)
        for case, seen in zip(chapter.cases, answers.verdicts):
            yield f"{case.ident:{width}} {'WRONG' if seen else 'ok   '} {case.claim}"
            if seen:
                yield f"{'':{width}}       {seen}"
                yield f"{'':{width}}       {case.hint}"
    yield f"{answers.verdicts.count('')} of {len(chapter.cases)} right"


def check(key: str, file: str) -> int:
    """Print how a file does against a chapter's cases; return the exit status: 0 if all are right."""
    chapter = find_chapter(key)
    line = ""
    for line in report(chapter, file):
        print(line)
    return 0 if line == f"{len(chapter.cases)} of {len(chapter.cases)} right" else 1
