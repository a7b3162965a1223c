"""Commands made of functions: parameters, contexts, help pages, messages, the terminal, the runner, completion."""

from __future__ import annotations

import datetime
import enum
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid
from random import Random
from unittest import mock

from minflask.commands import (
    BOOL, UUID, Abort, BadParameter, Choice, CliRunner, Command, CommandCollection, Context, DateTime, File, FloatRange,
    Group, IntRange, Option, Path, Tuple, UsageError, argument, command, confirm, confirmation_option, echo, edit,
    format_filename, get_app_dir, getchar, group, help_option, make_pass_decorator, option, pass_context, pass_obj,
    password_option, progressbar, prompt, secho, style, unstyle, version_option,
)
from minflask.commands.argparsing import take_options
from minflask.commands.completion import complete
from minflask.commands.core import get_current_context
from minflask.commands.parsing import _read_plain


class Color(enum.Enum):
    RED = 1
    BLUE = 2


def values(*declarations, args=(), **extra):
    """Return what a command with these parameters gets for a command line, or how it failed."""
    seen = {}

    def body(**given):
        seen.update(given)
    for declare in reversed(declarations):
        body = declare(body)
    result = CliRunner().invoke(command("show")(body), args if isinstance(args, str) else list(args), **extra)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return seen if result.exit_code == 0 else (result.exit_code, result.output.splitlines()[-1])


class Options(unittest.TestCase):
    def test_every_kind_takes_its_values(self):
        cases = [
            (option("--name"), "", None), (option("--name", default="x"), "", "x"), (option("--name"), "--name=a", "a"),
            (option("-n", "--name"), "-na", "a"), (option("-x", "name"), "-x a", "a"),
            (option("--name", default=lambda: "made"), "", "made"),
            (option("--name", type=int), "--name -5", -5), (option("--name", default=1), "--name 3", 3),
            (option("--name", default=1.5), "--name 3", 3.0), (option("--name", type=BOOL), "--name off", False),
            (option("--name", is_flag=True), "", False), (option("--name", is_flag=True), "--name", True),
            (option("--name/--no-name", default=True), "", True),
            (option("--name/--no-name", default=True), "--no-name", False),
            (option("--name/--no-name", default=None), "", None),
            (option("-n/-N", "name"), "-nN", False), (option("--name", flag_value="on"), "--name", "on"),
            (option("--name", is_flag=False, flag_value="on"), "--name", "on"),
            (option("--name", is_flag=False, flag_value="on"), "--name off", "off"),
            (option("-n", "name", count=True), "", 0), (option("-n", "name", count=True), "-nn -n", 3),
            (option("-n", "name", count=True, type=IntRange(0, 2, clamp=True)), "-nnn", 2),
            (option("--name", multiple=True), "", ()),
            (option("--name", multiple=True), "--name a --name b", ("a", "b")),
            (option("--name", multiple=True, default=["x"]), "", ("x",)),
            (option("--name", multiple=True, default=[1, 2]), "--name 3", (3,)),
            (option("--name", nargs=2, type=int), "--name 1 2", (1, 2)), (option("--name", nargs=2), "", None),
            (option("--name", type=(str, int)), "--name a 1", ("a", 1)),
            (option("--name", type=(str, int), multiple=True), "--name a 1 --name b 2", (("a", 1), ("b", 2))),
            (option("--name", multiple=True, default=[("a", 1)]), "--name b 2", (("b", 2),)),
            (option("--name", type=Tuple([str, float])), "--name a 1", ("a", 1.0)),
            (option("--name", type=Choice(["a", "b"])), "--name b", "b"),
            (option("--name", type=Choice(["Ab"], case_sensitive=False)), "--name aB", "Ab"),
            (option("--name", type=Choice(Color)), "--name BLUE", Color.BLUE),
            (option("--name", type=Choice(Color), default=Color.RED), "", Color.RED),
            (option("--name", type=IntRange(1, 5)), "--name 5", 5),
            (option("--name", type=IntRange(1, 5, min_open=True, clamp=True)), "--name 0", 2),
            (option("--name", type=IntRange(1, 5, max_open=True, clamp=True)), "--name 9", 4),
            (option("--name", type=FloatRange(max=1)), "--name 0.5", 0.5),
            (option("--name", type=DateTime()), "--name 2020-02-03", datetime.datetime(2020, 2, 3)),
            (option("--name", type=DateTime(["%d.%m.%Y"])), "--name 3.2.2020", datetime.datetime(2020, 2, 3)),
            (option("--name", type=UUID), f"--name {uuid.UUID(int=7)}", uuid.UUID(int=7)),
            (option("--name", type=lambda text: text[::-1]), "--name abc", "cba"),
            (option("--name", callback=lambda ctx, param, value: (param.name, value)), "--name a", ("name", "a")),
        ]
        for declare, words, wanted in cases:
            with self.subTest(words=words, wanted=wanted):
                self.assertEqual(values(declare, args=words), {"name": wanted})

    def test_what_cannot_be_taken_is_an_error_of_usage(self):
        cases = [
            (option("--n", type=int), "--n x", "Invalid value for '--n': 'x' is not a valid integer."),
            (option("--n", type=IntRange(1, max_open=True, max=3)), "--n 3", "3 is not in the range 1<=x<3."),
            (option("--n", type=FloatRange(0, min_open=True)), "--n 0", "0.0 is not in the range 0<x."),
            (option("--n", type=Choice(["red", "blue"])), "--n rad",
             "'rad' is not one of 'red', 'blue'. Did you mean 'red'?"),
            (option("--n", type=DateTime(["%Y"])), "--n x", "'x' does not match the format '%Y'."),
            (option("--n", type=UUID), "--n x", "'x' is not a valid UUID."),
            (option("--n", type=BOOL), "--n x", "boolean"),
            (option("--n", nargs=2), "--n 1", "Option '--n' requires 2 arguments."),
            (option("--n", required=True), "", "Missing option '--n'."),
            (option("--n", required=True, type=Choice("ab")), "", "Missing option '--n'. Choose from: a, b."),
            (option("--n"), "--n", "Option '--n' requires an argument."),
            (option("--n"), "--n -x", "Write a value that begins with a dash behind '=': --n=-1."),
            (option("--n", is_flag=True), "--n=1", "Option '--n' does not take a value."),
            (option("--port"), "--prot 1", "No such option: --prot. Did you mean --port?"),
            (option("--n"), "--n 1 x y", "Got unexpected extra arguments (x y)"),
            (argument("n"), "", "Missing argument 'N'."), (argument("n", type=int), "x", "Invalid value for 'N': 'x'"),
            (argument("n", nargs=2), "a", "Argument 'N...' takes 2 values, and 1 was given."),
            (argument("n", nargs=-1, required=True), "", "Missing argument 'N'."),
        ]
        for declare, words, said in cases:
            with self.subTest(words=words, said=said):
                status, line = values(declare, args=words)
                self.assertEqual(status, 2)
                self.assertIn(said, line)
        self.assertRaisesRegex(TypeError, "clamp", FloatRange, 0, 1, min_open=True, clamp=True)

    def test_plain_lines_are_read_as_argparse_reads_them(self):
        options = [Option(["-p", "--port"]), Option(["-v/-q", "--verbose/--quiet"]), Option(["--many"], multiple=True),
                   Option(["--count", "-c"], count=True), Option(["--two"], nargs=2),
                   Option(["--maybe"], is_flag=False, flag_value="set")]
        plain = ["-p", "--port", "-v", "--quiet", "--many", "80", "word", "a b", "", "--port=80", "--port=",
                 "--many=-1", "--port=--"]
        other = ["--count", "-c", "--two", "--maybe", "-p=8", "-p8", "-vq", "--", "-", "-1", "--verbose=x", "--por"]
        random, alone = Random(17), 0
        for mixed in (True, False):
            show = Command("show", params=options)
            show.allow_interspersed_args = mixed
            for _ in range(1500):
                line = random.choices(random.choice([plain, plain + other]), k=random.randint(0, 6))
                with self.subTest(line, mixed=mixed):
                    found = _read_plain(options, line, mixed)
                    if found is not None:
                        alone += 1
                        self.assertEqual(found, take_options(Context(show), options, line))
        self.assertGreater(alone, 1000)

    def test_a_default_of_true_or_false_alone_makes_no_flag(self):
        for default in (True, False):
            for words, wanted in (("--name true", True), ("--name=no", False), ("", default)):
                with self.subTest(words, default=default):
                    self.assertEqual(values(option("--name", default=default), args=words), {"name": wanted})

    def test_options_may_have_to_stand_in_front(self):
        settings = {"ignore_unknown_options": True, "allow_interspersed_args": False}

        @command(context_settings=settings)
        @option("-v", "verbose", is_flag=True)
        @option("-c", "count", count=True)
        @argument("rest", nargs=-1)
        def wrap(verbose, count, rest):
            echo(repr((verbose, count, rest)))
        for line, wanted in (("cmd -v --x", (False, 0, ("cmd", "-v", "--x"))), ("-v cmd -v", (True, 0, ("cmd", "-v"))),
                             ("-c -v pytest -- -v", (True, 1, ("pytest", "--", "-v")))):
            with self.subTest(line):
                self.assertEqual(CliRunner().invoke(wrap, line).output, f"{wanted!r}\n")

    def test_a_flag_may_have_a_short_name_for_no_alone(self):
        declared = option("--shout/--no-shout", " /-S", default=True), option("-c", "count", count=True)
        for line, wanted in (("-S", False), ("-S -cc", False), ("--shout -cc", True), ("--no-shout --", False)):
            with self.subTest(line):
                self.assertIs(values(*declared, args=line)["shout"], wanted)

    def test_of_two_options_with_one_name_the_last_has_it(self):
        declared = option("-n", "--name"), option("-n", "--num", type=int)
        self.assertEqual(values(*declared, args="-n 1 --name x"), {"name": "x", "num": 1})

    def test_an_option_that_two_have_is_left_to_argparse(self):
        self.assertIsNone(_read_plain([Option(["-a", "--all"]), Option(["-a", "--any"])], ["-a", "x"], True))

    def test_flags_may_share_a_name(self):
        flags = option("--up", "way", flag_value="up", default=True), option("--down", "way", flag_value="down")
        for words, wanted in (("", "up"), ("--down", "down"), ("--up", "up"), ("--up --down --up", "up")):
            self.assertEqual(values(*flags, args=words), {"way": wanted})
            self.assertEqual(values(*reversed(flags), args=words), {"way": wanted})

    def test_values_come_from_the_line_then_the_environment_then_defaults(self):
        named = option("--name", envvar=["FIRST", "SECOND"], default="d")
        for words, env, wanted in (("--name a", {"FIRST": "b"}, "a"), ("", {"FIRST": "b", "SECOND": "c"}, "b"),
                                   ("", {"SECOND": "c"}, "c"), ("", {"FIRST": ""}, "d")):
            self.assertEqual(values(named, args=words, env=env), {"name": wanted})
        self.assertEqual(values(named, default_map={"name": "m"}), {"name": "m"})
        self.assertEqual(values(named, default_map={"name": lambda: "called"}), {"name": "called"})
        self.assertEqual(values(option("--my-name"), auto_envvar_prefix="P", env={"P_MY_NAME": "x"}), {"my_name": "x"})
        self.assertEqual(values(option("--n", allow_from_autoenv=False), auto_envvar_prefix="P", env={"P_N": "x"}),
                         {"n": None})

    def test_environment_variables_are_split_where_several_values_are_wanted(self):
        cases = [(option("--n", multiple=True, envvar="V"), "a b", ("a", "b")),
                 (option("--n", nargs=2, type=int, envvar="V"), "1 2", (1, 2)),
                 (option("--n", type=(str, int), multiple=True, envvar="V"), "a 1 b 2", (("a", 1), ("b", 2))),
                 (option("--n", type=Path(), multiple=True, envvar="V"), os.pathsep.join(["a b", "c"]), ("a b", "c")),
                 (option("--n", is_flag=True, envvar="V"), "true", True),
                 (argument("n", envvar="V"), "a", "a"),
                 (option("--n", nargs=2, envvar="V"), "1 2 3", (2, "2 values are needed, and 3 were given."))]
        for declare, text, wanted in cases:
            found = values(declare, env={"V": text})
            with self.subTest(text=text, wanted=wanted):
                if isinstance(found, dict):
                    self.assertEqual(found, {"n": wanted})
                else:
                    self.assertEqual((found[0], found[1][-len(wanted[1]):]), wanted)

    def test_callbacks_run_in_order_and_eager_ones_first(self):
        seen = []

        def note(ctx, param, value):
            seen.append(param.name)
            return value
        options = [option(f"--{name}", callback=note, is_eager=name == "e", expose_value=False) for name in "abce"]
        self.assertEqual(values(*options, args="--c 1 --a 2 --e 3"), {})
        self.assertEqual(seen, ["e", "c", "a", "b"])

    def test_an_error_of_a_callback_names_the_parameter(self):
        def refuse(ctx, param, value):
            raise BadParameter("never")
        self.assertEqual(values(option("--n", callback=refuse)), (2, "Error: Invalid value for '--n': never"))

    def test_arguments_take_their_places(self):
        many = argument("src", nargs=-1), argument("dst")
        self.assertEqual(values(*many, args="a b c"), {"src": ("a", "b"), "dst": "c"})
        self.assertEqual(values(*many, args="c"), {"src": (), "dst": "c"})
        self.assertEqual(values(argument("n", default=3), args=""), {"n": 3})
        self.assertEqual(values(argument("n", required=False), args=""), {"n": None})
        self.assertEqual(values(argument("n"), option("--x"), args="-- --x"), {"n": "--x", "x": None})
        self.assertEqual(values(argument("n"), option("--x"), args="- --x 1"), {"n": "-", "x": "1"})

    def test_unknown_options_may_be_handed_on(self):
        @command(context_settings={"ignore_unknown_options": True})
        @option("-v", is_flag=True)
        @argument("rest", nargs=-1)
        def show(v, rest):
            echo(f"{v} {rest}")
        self.assertEqual(CliRunner().invoke(show, "-v --other a -- -v").output, "True ('--other', 'a', '-v')\n")

    def test_paths_and_files_are_checked(self):
        with CliRunner().isolated_filesystem():
            with open("f.txt", "w") as file:
                file.write("text")
            cases = [(Path(exists=True), "no", "does not exist"), (Path(dir_okay=False), ".", "is a directory"),
                     (Path(file_okay=False), "f.txt", "is a file"),
                     (Path(executable=True), "f.txt", "is not executable"),
                     (File(), "no", "No such file")]
            for kind, word, said in cases:
                self.assertIn(said, values(option("--n", type=kind), args=["--n", word])[1])
            self.assertEqual(values(option("--n", type=Path(resolve_path=True)), args="--n f.txt")["n"],
                             os.path.realpath("f.txt"))
            self.assertEqual(values(option("--n", type=Path(path_type=bytes)), args="--n x")["n"], b"x")

            @command()
            @argument("source", type=File())
            @argument("target", type=File("wb"))
            def copy(source, target):
                target.write(source.read().encode())
                echo(source.name)
            self.assertEqual(CliRunner().invoke(copy, "f.txt g.txt").output, "f.txt\n")
            with open("g.txt") as file:
                self.assertEqual(file.read(), "text")
            self.assertEqual(CliRunner().invoke(copy, "- -", input="piped").stdout_bytes[:5], b"piped")

    def test_declarations_that_make_no_sense_are_refused(self):
        self.assertRaisesRegex(TypeError, "begins with a dash", option("name"), lambda: None)
        self.assertRaisesRegex(TypeError, "one name", argument("a", "b"), lambda: None)
        self.assertRaisesRegex(TypeError, "decorate it once", command(), command()(lambda: None))


class Prompts(unittest.TestCase):
    def test_options_ask_for_what_is_not_given(self):
        cases = [(option("--name", prompt=True), "", "x\n", "x"), (option("--name", prompt="Who"), "--name y", "", "y"),
                 (option("--name", prompt=True, default="d"), "", "\n", "d"),
                 (option("--name", prompt=True, type=int), "", "x\n\n5\n", 5),
                 (option("--name", prompt=True, is_flag=True), "", "y\n", True),
                 (option("--name", prompt=True, nargs=2), "", "a b\n", ("a", "b")),
                 (option("--name", prompt=True, prompt_required=False), "", "", None),
                 (option("--name", prompt=True, prompt_required=False), "--name", "x\n", "x"),
                 (option("--name", prompt=True, confirmation_prompt=True), "", "a\nb\nc\nc\n", "c"),
                 (option("--name", prompt=True, type=Choice(["a", "b"])), "", "c\nb\n", "b")]
        for declare, words, typed, wanted in cases:
            with self.subTest(typed=typed, wanted=wanted):
                self.assertEqual(values(declare, args=words, input=typed), {"name": wanted})

    def test_an_empty_default_is_an_answer(self):
        @command()
        def ask():
            echo(repr(prompt("Name", default="")))
        self.assertEqual(CliRunner().invoke(ask, input="\n").output, "Name []: \n''\n")

    def test_a_prompt_shows_choices_and_default(self):
        @command()
        @option("--kind", prompt=True, type=Choice(["a", "b"]), default="b")
        @option("--sure", prompt=True, is_flag=True)
        def show(kind, sure):
            pass
        self.assertEqual(CliRunner().invoke(show, input="\n\n").output, "Kind (a, b) [b]: \nSure [y/N]: \n")

    def test_passwords_are_not_shown(self):
        @command()
        @password_option()
        def show(password):
            echo(len(password))
        result = CliRunner().invoke(show, input="secret\nother\nsecret\nsecret\n")
        self.assertEqual(result.output.splitlines()[-1], "6")
        self.assertNotIn("secret", result.output)
        self.assertIn("do not match", result.output)
        with CliRunner().isolation("hush\n5\n") as (out, _, _):
            self.assertEqual(prompt("PIN", hide_input=True, type=int), 5)
            self.assertNotIn(b"hush", out.getvalue())

    def test_confirm_wants_yes_or_no(self):
        for typed, default, wanted in (("y\n", False, True), ("\n", True, True), ("what\nNo\n", True, False)):
            with CliRunner().isolation(typed):
                self.assertIs(confirm("Sure?", default=default), wanted)
        with CliRunner().isolation("n\n"):
            self.assertRaises(Abort, confirm, "Sure?", abort=True)

        @command()
        @confirmation_option()
        def drop():
            echo("dropped")
        for words, typed, status in (("", "n\n", 1), ("", "y\n", 0), ("--yes", "", 0), ("", "", 1)):
            result = CliRunner().invoke(drop, words, input=typed)
            self.assertEqual((result.exit_code, "dropped" in result.output, "Aborted!" in result.stderr),
                             (status, not status, bool(status)))


class Contexts(unittest.TestCase):
    def test_commands_call_others(self):
        @command()
        @option("--count", default=1)
        def first(count):
            return f"first {count}"

        @command()
        @option("--count", default=7)
        @pass_context
        def second(ctx, count):
            echo(f"{ctx.invoke(first)}, {ctx.invoke(first, count=3)}, {ctx.forward(first)}, {ctx.invoke(lambda: 'f')}")
        self.assertEqual(CliRunner().invoke(second).output, "first 1, first 3, first 7, f\n")
        with self.assertRaisesRegex(TypeError, "no function"):
            Context(second).invoke(Command("empty"))

    def test_objects_are_passed_along(self):
        pass_list = make_pass_decorator(list)
        pass_dict = make_pass_decorator(dict, ensure=True)

        @group()
        @pass_context
        def cli(ctx):
            ctx.obj = ["root"]

        @cli.command()
        @pass_obj
        @pass_list
        @pass_dict
        @pass_context
        def show(ctx, made, found, obj):
            echo(f"{made} {found} {obj} {ctx.find_root().info_name} {ctx.command_path} {ctx.find_object(set)}")
        self.assertEqual(CliRunner().invoke(cli, "show").output, "{} ['root'] ['root'] cli cli show None\n")
        self.assertIsInstance(CliRunner().invoke(show).exception, RuntimeError)

    def test_what_waits_for_the_end_is_called_in_reverse(self):
        @command()
        @pass_context
        def show(ctx):
            ctx.call_on_close(lambda: echo("first"))
            ctx.call_on_close(lambda: echo("second"))
            ctx.with_resource(mock.MagicMock(__exit__=lambda *args: echo("resource")))
            ctx.exit(3)
        result = CliRunner().invoke(show)
        self.assertEqual((result.exit_code, result.output), (3, "resource\nsecond\nfirst\n"))

    def test_there_is_a_context_only_while_a_command_runs(self):
        self.assertIsNone(get_current_context(silent=True))
        self.assertRaises(RuntimeError, get_current_context)

        @command()
        @option("--a", default=1)
        @option("--b", default=2)
        def show(a, b):
            ctx = get_current_context()
            echo(f"{ctx.get_parameter_source('a')} {ctx.get_parameter_source('b')} {ctx.params}")
        self.assertEqual(CliRunner().invoke(show, "--b 3").output, "DEFAULT COMMANDLINE {'b': 3, 'a': 1}\n")

    def test_defaults_and_prefixes_go_down_to_the_commands(self):
        @group(context_settings={"default_map": {"sub": {"x": "from map"}}, "auto_envvar_prefix": "P"})
        def cli():
            pass

        @cli.command()
        @option("--x")
        @option("--y")
        def sub(x, y):
            echo(f"{x} {y}")
        self.assertEqual(CliRunner().invoke(cli, "sub", env={"P_SUB_Y": "from env"}).output, "from map from env\n")


class Groups(unittest.TestCase):
    def test_groups_run_their_own_function_first(self):
        @group(invoke_without_command=True)
        @option("--debug", is_flag=True)
        @pass_context
        def cli(ctx, debug):
            echo(f"group {debug} {ctx.invoked_subcommand}")

        @cli.group()
        def inner():
            echo("inner")

        @inner.command
        def leaf_command():
            echo("leaf")
        run = CliRunner().invoke
        self.assertEqual(run(cli, []).output, "group False None\n")
        self.assertEqual(run(cli, "--debug inner leaf").output, "group True inner\ninner\nleaf\n")
        self.assertEqual(run(cli, "iner").output.splitlines()[-1], "Error: No such command 'iner'. Did you mean inner?")
        self.assertEqual(run(cli, "inner --debug").exit_code, 2)
        result = run(inner, [])
        self.assertEqual((result.exit_code, "Commands:\n  leaf" in result.stderr), (2, True))

    def test_names_are_made_of_functions(self):
        for name, wanted in (("init_db", "init-db"), ("run_command", "run"), ("user_cmd", "user"), ("a_group", "a"),
                             ("Big", "big"), ("command", "command")):
            def body():
                pass
            body.__name__ = name
            self.assertEqual(command(body).name, wanted)

    def test_collections_show_several_groups_as_one(self):
        one, two = Group("one"), Group("two")
        one.command("a")(lambda: echo("one a"))
        two.command("a")(lambda: echo("two a"))
        two.command("b")(lambda: echo("two b"))
        both = CommandCollection(sources=[one])
        both.add_source(two)
        self.assertEqual([CliRunner().invoke(both, name).output for name in "ab"], ["one a\n", "two b\n"])
        self.assertEqual(both.list_commands(Context(both)), ["a", "b"])


HELP_80 = """\
Usage: tool [OPTIONS] SOURCE [a|b] [FILES]...

  Copy what is there. This sentence is long enough to be wrapped at the width
  of the terminal.

  Kept
    as it is

Options:
  -n, --name TEXT               Who it is for.  [default: you]
  --fast / --slow               Whether to hurry.  [default: fast]
  --a-name-that-is-too-long TEXT
                                Its help has a line of its own, which is
                                wrapped.
  --level INTEGER RANGE         [env var: LEVEL; 1<=x<=5; required]
  -v                            Say more.
  -h, --help                    Show this message and exit.

  The end.
"""
HELP_40 = """\
Usage: tool [OPTIONS] SOURCE [a|b]
            [FILES]...

  Copy what is there. This sentence is
  long enough to be wrapped at the
  width of the terminal.

  Kept
    as it is

Options:
  -n, --name TEXT
        Who it is for.  [default: you]
  --fast / --slow
        Whether to hurry.  [default:
        fast]
  --a-name-that-is-too-long TEXT
        Its help has a line of its
        own, which is wrapped.
"""


class Help(unittest.TestCase):
    def tool(self):
        @command("tool", epilog="The end.")
        @argument("source")
        @argument("kind", type=Choice(["a", "b"]), required=False)
        @argument("files", nargs=-1)
        @option("-n", "--name", default="you", show_default=True, help="Who it is for.")
        @option("--fast/--slow", default=True, show_default=True, help="Whether to hurry.")
        @option("--a-name-that-is-too-long", help="Its help has a line of its own, which is wrapped.")
        @option("--level", type=IntRange(1, 5), required=True, envvar="LEVEL", show_envvar=True)
        @option("-v", count=True, help="Say more.")
        @option("--secret", hidden=True)
        def tool(**values):
            """Copy what is there. This sentence is long enough to be wrapped at the width of the terminal.

            \b
            Kept
              as it is
            \f
            Not shown.
            """
        return tool

    def test_pages_are_aligned_and_wrapped_to_the_terminal(self):
        for columns, wanted in (("80", HELP_80), ("40", HELP_40)):
            for word in ("-h", "--help"):
                result = CliRunner().invoke(self.tool(), [word], env={"COLUMNS": columns})
                self.assertEqual(result.exit_code, 0)
                self.assertEqual(result.output[:len(wanted)], wanted)
                self.assertLessEqual(max(map(len, result.output.splitlines())), int(columns))

    def test_groups_list_their_commands_in_one_line_each(self):
        cli = Group("cli")
        cli.command("long-name", short_help="Short.")(lambda: None)
        cli.command("b", help="First sentence. Second one.")(lambda: None)
        cli.command("old", help="Old.", deprecated=True)(lambda: None)
        cli.command("hidden", hidden=True)(lambda: None)
        page = CliRunner().invoke(cli, "--help").output
        self.assertEqual(page.partition("Commands:\n")[2], (
            "  b          First sentence.\n  long-name  Short.\n  old        (Deprecated) Old.\n"))
        self.assertIn("is deprecated", CliRunner().invoke(cli, "old").stderr)

    def test_options_for_help_and_version_may_have_other_names(self):
        @command(add_help_option=False)
        @help_option("--hilfe")
        @version_option("1.2", prog_name="tool")
        def tool():
            echo("ran")
        run = CliRunner().invoke
        self.assertIn("Usage: tool", run(tool, "--hilfe").output)
        self.assertEqual(run(tool, "--help").exit_code, 2)
        self.assertEqual(run(tool, "--version").output, "tool, version 1.2\n")
        named = command("x", context_settings={"help_option_names": ["-?"]})(lambda: None)
        self.assertEqual(run(named, ["-?"]).exit_code, 0)

    def test_errors_say_how_the_command_is_used(self):
        result = CliRunner().invoke(self.tool(), "x --level 9")
        self.assertEqual((result.exit_code, result.stdout), (2, ""))
        self.assertEqual(result.stderr, (
            "Usage: tool [OPTIONS] SOURCE [a|b] [FILES]...\nTry 'tool --help' for help.\n\n"
            "Error: Invalid value for '--level': 9 is not in the range 1<=x<=5.\n"))

        @command()
        def late():
            raise UsageError("not so")
        self.assertEqual(CliRunner().invoke(late).stderr.splitlines()[0], "Usage: late [OPTIONS]")


class Terminal(unittest.TestCase):
    def test_styles_are_escapes(self):
        cases = [({"fg": "red"}, "\x1b[31mx\x1b[0m"), ({"bg": "bright_blue"}, "\x1b[104mx\x1b[0m"),
                 ({"fg": 200}, "\x1b[38;5;200mx\x1b[0m"), ({"bg": (1, 2, 3)}, "\x1b[48;2;1;2;3mx\x1b[0m"),
                 ({"bold": True, "underline": False}, "\x1b[1m\x1b[24mx\x1b[0m"),
                 ({"fg": "reset", "reset": False}, "\x1b[39mx")]
        for styles, wanted in cases:
            self.assertEqual(style("x", **styles), wanted)
            self.assertEqual(unstyle(wanted), "x")
        self.assertRaisesRegex(TypeError, "Unknown color 'rot'", style, "x", fg="rot")

    def printed(self, is_terminal, color=None, **env):
        out = io.StringIO()
        out.isatty = lambda: is_terminal
        with mock.patch.dict(os.environ, {"NO_COLOR": "", **env}):
            secho("x", file=out, fg="red", color=color)
        return out.getvalue()

    def test_colors_go_to_a_terminal_that_wants_them(self):
        self.assertEqual(self.printed(True), "\x1b[31mx\x1b[0m\n")
        for is_terminal, color, env in ((False, None, {}), (True, None, {"NO_COLOR": "1"}), (True, False, {})):
            self.assertEqual(self.printed(is_terminal, color, **env), "x\n")
        self.assertIn("\x1b", self.printed(False, True, NO_COLOR="1"))

        @command()
        def show():
            secho("x", fg="red")
        run = CliRunner().invoke
        self.assertEqual([run(show).output, run(show, color=True).output], ["x\n", "\x1b[31mx\x1b[0m\n"])

    def test_the_option_no_color_counts_for_the_whole_command(self):
        from minflask.cli import FlaskGroup
        cli = FlaskGroup(load_dotenv=False)
        cli.command("show", with_appcontext=False)(lambda: secho("x", fg="red"))
        run = CliRunner().invoke
        self.assertEqual([run(cli, words, color=True).output for words in ("show", "--no-color show")],
                         ["\x1b[31mx\x1b[0m\n", "x\n"])

    def test_echo_prints_what_it_is_given(self):
        with CliRunner().isolation() as (out, err, _):
            echo()
            echo(5, nl=False)
            echo(b"\xff")
            echo("e", err=True)
            self.assertEqual((out.getvalue(), err.getvalue()), (b"\n5\xff\n", b"e\n"))
        narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        echo("é", file=narrow)
        self.assertEqual(narrow.buffer.getvalue(), b"\\xe9\n")
        with mock.patch.multiple(sys, stdout=None, stderr=None):
            echo("nowhere")
            echo("nowhere", err=True)

    def test_a_progress_bar_is_drawn_on_terminals_only(self):
        plain, terminal = io.StringIO(), io.StringIO()
        terminal.isatty = lambda: True
        for out in (plain, terminal):
            with progressbar("abcd", label="Work", width=4, show_eta=False, show_pos=True, file=out,
                             item_show_func=lambda item: item) as bar:
                self.assertEqual("".join(bar), "abcd")
        self.assertEqual(plain.getvalue(), "Work\n")
        lines = terminal.getvalue().split("\r")
        self.assertEqual([line.rstrip(" ") for line in lines[1:4]], [
            "Work  [----]  0/4", "Work  [----]  0/4  a", "Work  [#---]  1/4  a"])
        self.assertEqual(lines[-1], "Work  [####]  4/4   \n")
        with progressbar(length=10, width=2, file=plain) as bar:
            bar.update(5)
            self.assertRegex(bar.format_line(), r"^\[#-\]   50%  00:00:0\d$")
        self.assertEqual(progressbar(iter("ab"), file=plain).format_line(), "[" + "-" * 36 + "]  0")
        self.assertRaises(TypeError, progressbar)

    @unittest.skipUnless(shutil.which("sed") and os.name == "posix", "sed is not here")
    def test_an_editor_changes_a_text(self):
        self.assertEqual(edit("one\n", editor="sed -i s/one/two/"), "two\n")
        self.assertIsNone(edit("one\n", editor="true"))
        self.assertEqual(edit("one\n", editor="true", require_save=False), "one\n")

    def test_small_helpers(self):
        self.assertEqual(format_filename("/a/b\udcff", shorten=True), "b\ufffd")
        self.assertTrue(get_app_dir("My Tool").lower().replace(" ", "-").endswith("my-tool"))
        with CliRunner().isolation("xy") as (out, _, _):
            self.assertEqual(getchar(echo=True) + getchar(), "xy")
            self.assertEqual(out.getvalue(), b"x")


class Runner(unittest.TestCase):
    def test_output_status_and_exception_are_kept(self):
        def ends(how):
            return CliRunner().invoke(command("x")(how))

        def fail():
            raise ValueError("broken")
        result = ends(fail)
        self.assertEqual((result.exit_code, str(result.exception), result.exc_info[0]), (1, "broken", ValueError))
        self.assertRaises(ValueError, CliRunner(catch_exceptions=False).invoke, command("x")(fail))
        for value, status, said in ((0, 0, ""), (None, 0, ""), (4, 4, ""), ("message", 1, "message\n")):
            result = ends(lambda value=value: sys.exit(value))
            self.assertEqual((result.exit_code, result.output), (status, said))
        result = CliRunner().invoke(command("x")(lambda: 7), standalone_mode=False)
        self.assertEqual((result.return_value, repr(result)), (7, "<Result okay>"))

    def test_streams_are_kept_apart_and_together(self):
        @command()
        def show():
            echo("a")
            echo("b", err=True)
            print("c")
        result = CliRunner().invoke(show)
        self.assertEqual((result.stdout, result.stderr, result.output), ("a\nc\n", "b\n", "a\nb\nc\n"))
        self.assertEqual(CliRunner(mix_stderr=True).invoke(show).stdout, "a\nb\nc\n")

    def test_what_was_printed_can_be_read_after_an_isolation(self):
        for mixed in (True, False):
            with CliRunner(mix_stderr=mixed).isolation() as (out, err, _):
                echo("said")
                echo("told", err=True)
            with self.subTest(mixed=mixed):
                self.assertEqual(out.getvalue(), b"said\ntold\n" if mixed else b"said\n")

    def test_input_and_environment_last_for_the_run(self):
        @command()
        def show():
            echo(f"{os.environ.get('K_ONE')} {os.environ.get('K_TWO')} {input()} {sys.stdin.read()}")
            os.environ["K_ONE"] = "changed"
        runner = CliRunner(env={"K_ONE": "1", "K_TWO": "2"}, echo_stdin=True)
        before, streams = dict(os.environ), (sys.stdin, sys.stdout, sys.stderr)
        self.assertEqual(runner.invoke(show, input=b"a\nb", env={"K_TWO": None}).output, "a\nb1 None a b\n")
        self.assertEqual((dict(os.environ), (sys.stdin, sys.stdout, sys.stderr)), (before, streams))

    def test_a_folder_of_its_own_is_removed_again(self):
        before = os.getcwd()
        with CliRunner().isolated_filesystem() as folder:
            self.assertEqual(os.path.realpath(os.getcwd()), os.path.realpath(folder))
        self.assertEqual((os.getcwd(), os.path.exists(folder)), (before, False))
        with tempfile.TemporaryDirectory() as above:
            with CliRunner().isolated_filesystem(above) as folder:
                pass
            self.assertTrue(os.path.isdir(folder))


def completed(words, incomplete):
    cli = Group("cli")

    @cli.command(short_help="Show it.")
    @option("--format", type=Choice(["json", "JSX"], case_sensitive=False), help="How.")
    @option("--fast/--no-fast", help="Hurry.")
    @option("--hidden", hidden=True)
    @option("--name", shell_complete=lambda ctx, param, begun: [n for n in ("ada", "bob") if n.startswith(begun)])
    @argument("kind", type=Choice(["a", "b"]))
    @argument("files", nargs=-1, type=Path())
    def show(**values):
        raise AssertionError("a completion runs nothing")
    cli.command("secret", hidden=True)(show.callback)
    return [(kind, value) for kind, value, _ in complete(cli, "cli", words, incomplete)]


class Completion(unittest.TestCase):
    def test_what_may_stand_where_one_types(self):
        cases = [
            ([], "", "show"), ([], "x", ""), ([], "--h", "--help"), (["show"], "--f", "--format --fast"),
            (["show"], "--no", "--no-fast"), (["show", "--format"], "js", "json JSX"),
            (["show"], "--format=J", "--format=json --format=JSX"),
            (["show", "--name"], "", "ada bob"), (["show"], "--name=b", "--name=bob"), (["show"], "", "a b"),
            (["show", "--fast"], "b", "b"), (["nothing"], "", "show"), (["show", "--", "a"], "--f", None),
            (["show", "a"], "x", None), (["show", "a", "f", "g"], "", None), (["show", "--wrong"], "a", "a"),
        ]
        for words, incomplete, wanted in cases:
            with self.subTest(words=words, incomplete=incomplete):
                self.assertEqual(completed(words, incomplete), [("files", incomplete)] if wanted is None else
                                 [("plain", value) for value in wanted.split()])

    def test_a_help_option_of_another_name_prints_no_page_into_a_completion(self):
        @command()
        @help_option("--hilfe")
        @option("--size")
        def show(size):
            raise AssertionError("a completion runs nothing")
        with mock.patch("sys.stdout", io.StringIO()) as out:
            self.assertIn("--size", [value for _, value, _ in complete(show, "show", ["--hilfe"], "--")])
        self.assertEqual(out.getvalue(), "")

    def answer(self, **env):
        cli = Group("my-tool")
        cli.command("show", short_help="Show it.")(lambda: None)
        env = {"_MINFLASK_COMPLETE" if name == "asked" else f"COMP_{name}": value for name, value in env.items()}
        return CliRunner().invoke(cli, env=env).output

    def test_each_shell_has_its_script_and_its_way_to_ask(self):
        for shell, said in (("bash", "complete -o nosort -F _my_tool_completion my-tool"), ("zsh", "#compdef my-tool"),
                            ("fish", "complete --no-files --command my-tool")):
            self.assertIn(said, self.answer(asked=f"{shell}_source"))
        line = "plain\tshow\tShow it.\n"
        for env in ({"WORDS": "my-tool s", "asked": "bash_complete"}, {"WORDS": "my-tool ", "asked": "bash_complete"},
                    {"WORDS": "my-tool sh", "CWORD": "1", "asked": "zsh_complete"},
                    {"WORDS": "my-tool 'sh", "CWORD": "1", "asked": "zsh_complete"},
                    {"WORDS": "my-tool sh", "CWORD": "sh", "asked": "fish_complete"}):
            self.assertEqual(self.answer(**env), line)

    @unittest.skipUnless(shutil.which("bash"), "bash is not here")
    def test_bash_itself_completes(self):
        """The script as bash runs it, with what bash splits at = and : put together again."""
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        script = f"""
            minflask() {{ "{sys.executable}" -m minflask "$@"; }}
            eval "$(_MINFLASK_COMPLETE=bash_source minflask)"
            for line in "minflask rou" "minflask routes --sort=me" "minflask routes -s do"; do
                COMP_LINE=$line COMP_POINT=${{#line}}
                _minflask_completion minflask && echo "${{COMPREPLY[@]}}"
            done"""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=folder, timeout=60,
                                  env={**os.environ, "PYTHONPATH": root})
        self.assertEqual((done.stdout, done.stderr), ("routes\nmethods\ndomain\n", ""))


if __name__ == "__main__":
    unittest.main()
