"""`python -m minflask.learn`: lists the chapters, and checks what a reader wrote."""

from __future__ import annotations

import argparse
import os
import sys

from .runner import NoChapter, all_chapters, check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Sequence

PROGRAM = f"python -m {__package__}"


def parser() -> argparse.ArgumentParser:
    """Return the parser of our command line."""
    top = argparse.ArgumentParser(PROGRAM, description="Exercises of the book in docs/inside, and their checker.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="list the chapters, and the names that each wants of your file")
    one = commands.add_parser(
        "check", help="run your file against the cases of a chapter",
        description="Load FILE, as a module, in a process of its own, and run the cases of chapter NN against it."
        " What is wrong is followed by what was seen and by a hint. The exit status is 0 if all is right.",
        epilog=f"example: {PROGRAM} check 02 my_parser.py")
    one.add_argument("chapter", metavar="NN", help="the number of the chapter, as 2 or 02 or 14a")
    one.add_argument("file", metavar="FILE", help="a Python file with the names that the chapter wants")
    return top


def show_chapters() -> None:
    """Print the chapters and what they want."""
    for chapter in all_chapters():
        print(f"{chapter.key:3} {chapter.title} ({len(chapter.cases)} cases)")
        for call in chapter.wants.values():
            print(f"      {call}")
    print(f"\n{PROGRAM} check NN FILE")


def run(options: argparse.Namespace) -> int:
    """Do what was asked for; return the exit status."""
    if options.command != "check":
        show_chapters()
        return 0
    if not os.path.isfile(options.file):
        what = "this is a folder, and no file" if os.path.isdir(options.file) else "there is no such file"
        print(f"{options.file}: {what}", file=sys.stderr)
        return 2
    return check(options.chapter, options.file)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        return run(options)
    except NoChapter as exc:
        print(f"{exc}; `{PROGRAM}` lists those that there are", file=sys.stderr)
        return 2
    except BrokenPipeError:  # who reads our lines has read enough
        sys.stdout = sys.stderr
        return 1


if __name__ == "__main__":
    sys.exit(main())
