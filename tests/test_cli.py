"""The command line: finding the application, our commands, and those that users write (section 19 of the seeds)."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import textwrap
import unittest
from importlib.util import find_spec
from unittest import mock

from minflask import Blueprint, Flask, current_app
from minflask.appfinder import find_best_app, locate_app, prepare_import
from minflask.cli import (
    AppGroup, FlaskGroup, NoAppException, ScriptInfo, pass_script_info, run_command, shell_command, with_appcontext,
)
from minflask.collector import collect_as_usual, collect_rarely
from minflask.commands import BadParameter, CliRunner, argument, command, echo, group, option, pass_context


class Folder(unittest.TestCase):
    """A test in an empty folder, with the import system and the environment as they were afterwards."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        for patch in (mock.patch.dict(os.environ), mock.patch.dict(sys.modules),
                      mock.patch.object(sys, "path", sys.path[:])):
            patch.start()
            self.addCleanup(patch.stop)
        for name in [name for name in os.environ if name.startswith("FLASK")]:
            del os.environ[name]

    def write(self, name, text):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))


APP = """
from minflask import Flask
app = Flask("found")
"""
FACTORY = """
from minflask import Flask
def create_app(name="made"):
    return Flask(name)
"""


class Finding(Folder):
    def test_the_application_is_found_as_users_write_it(self):
        """B367, C37."""
        self.write("shop.py", APP)
        self.write("factory.py", FACTORY)
        self.write("package/__init__.py", "")
        self.write("package/inner.py", APP)
        self.write("package/deep/__init__.py", FACTORY)
        cases = [("shop", "found"), ("shop:app", "found"), ("shop.py", "found"), ("./shop.py", "found"),
                 ("factory", "made"), ("factory:create_app", "made"), ("factory:create_app()", "made"),
                 ("factory:create_app('x')", "x"), ("factory:create_app(name='y')", "y"), ("package.inner", "found"),
                 ("package/inner.py:app", "found"), ("package/deep", "made"), (f"{self.folder}/shop.py", "found")]
        for target, name in cases:
            with self.subTest(target=target):
                info = ScriptInfo(app_import_path=target)
                app = info.load_app()
                self.assertEqual(app.name, name)
                self.assertIs(info.load_app(), app)
                self.assertEqual(info.data, {})

    def test_without_a_name_wsgi_and_app_are_looked_for(self):
        with self.assertRaisesRegex(NoAppException, r"--app.*FLASK_APP.*wsgi\.py.*app\.py"):
            ScriptInfo().load_app()
        self.write("app.py", APP)
        self.assertEqual(ScriptInfo().load_app().name, "found")
        os.environ["FLASK_APP"] = "app:app"
        self.assertEqual(ScriptInfo().load_app().name, "found")

    def test_a_file_that_was_written_a_moment_ago_is_found(self):
        """Also where the time of its folder is too coarse for the import system to see the change."""
        before = os.stat(self.folder)
        self.assertRaises(NoAppException, ScriptInfo().load_app)
        self.write("app.py", APP)
        os.utime(self.folder, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertEqual(ScriptInfo().load_app().name, "found")

    def test_what_cannot_be_found_says_why_and_what_to_write(self):
        self.write("shop.py", APP)
        self.write("empty.py", "x = 1")
        self.write("two.py", "from minflask import Flask\na = Flask('a')\nb = Flask('b')\n")
        self.write("needs.py", "def create_app(a, b): pass\n")
        self.write("broken.py", "import no_such_thing\n")
        self.write("wrong.py", "def create_app(): return 7\n")
        cases = [("nothere", "no such module"), ("shop:ap", "has no 'ap'.*Did you mean app"),
                 ("shop:app(", "neither a name nor a call"), ("shop:__import__('os')", "has no '__import__'"),
                 ("empty", "no 'app'"), ("two", "Several applications"), ("needs", "without arguments"),
                 ("needs:create_app(1)", "these arguments"), ("broken", "ImportError was raised"),
                 ("wrong:create_app", "a int"), ("shop:1+1", "neither")]
        for target, said in cases:
            with self.subTest(target=target), self.assertRaisesRegex(NoAppException, f"(?s){said}"):
                ScriptInfo(app_import_path=target).load_app()

    def test_errors_within_a_factory_are_its_own(self):
        self.write("factory.py", "def create_app():\n    raise TypeError('inner')\n")
        with self.assertRaisesRegex(TypeError, "inner"):
            ScriptInfo(app_import_path="factory").load_app()

    def test_a_script_info_goes_to_factories_that_take_it(self):
        """B367, C37."""
        info = ScriptInfo(create_app=lambda script_info: Flask(type(script_info).__name__))
        self.assertEqual(info.load_app().name, "ScriptInfo")

    def test_debug_is_set_from_the_environment_unless_it_should_not(self):
        """B367."""
        os.environ["FLASK_DEBUG"] = "1"
        for wanted in (True, False):
            info = ScriptInfo(create_app=lambda: Flask("x"), set_debug_flag=wanted)
            app = info.load_app()
            self.assertTrue(app.debug)
            os.environ["FLASK_DEBUG"] = "0"
            info = ScriptInfo(create_app=lambda app=app: app, set_debug_flag=wanted)
            self.assertEqual(info.load_app().debug, not wanted)
            os.environ["FLASK_DEBUG"] = "1"

    def test_the_names_of_1_x_take_a_script_info_first(self):
        """C37."""
        self.write("shop.py", APP)
        info = ScriptInfo()
        self.assertEqual(locate_app(info, prepare_import("shop.py"), "app").name, "found")
        self.assertEqual(find_best_app(info, sys.modules["shop"]).name, "found")
        self.assertIsNone(locate_app(info, "nothere", None, False))


class Collector(Folder):
    def test_garbage_is_collected_rarely_until_the_application_is_there(self):
        for name, text, error in (("good", APP, None), ("bad", "1 / 0\n", ZeroDivisionError)):
            gc = mock.Mock(get_threshold=lambda: (700, 10, 10), isenabled=lambda: True)
            with self.subTest(name), mock.patch("minflask.collector.gc", gc):
                self.write(f"collected_{name}.py", text)
                collect_rarely()
                gc.set_threshold.assert_called_once_with(50_000, 10, 10)
                with self.assertRaises(error) if error else contextlib.nullcontext():
                    ScriptInfo(app_import_path=f"collected_{name}").load_app()
                gc.freeze.assert_called_once_with()
                gc.set_threshold.assert_called_with(700, 10, 10)

    def test_a_collector_that_the_program_switched_off_is_left_alone(self):
        gc = mock.Mock(isenabled=lambda: False)
        with mock.patch("minflask.collector.gc", gc):
            collect_rarely()
            collect_as_usual()
        gc.set_threshold.assert_not_called()
        gc.freeze.assert_not_called()


class Dotenv(Folder):
    def test_files_set_what_is_not_set(self):
        """B368, C36, Later 32, Later 36."""
        from minflask.cli import load_dotenv
        self.assertFalse(load_dotenv())
        self.write(".env", "A=env\nB=env\nexport C='single # not a comment' # comment\nM=\"two\nlines\"\n")
        self.write(".flaskenv", "A=flaskenv\nD=${A}-${NONE:-default}\nE=plain # comment\n")
        self.write("deep/own.env", "A=own\nF=1\n")
        os.environ["B"] = "set"
        os.chdir("deep")
        self.assertTrue(load_dotenv("own.env"))
        self.assertEqual({key: os.environ.get(key) for key in "ABCDEFM"}, {
            "A": "own", "B": "set", "C": "single # not a comment", "D": "flaskenv-default", "E": "plain", "F": "1",
            "M": "two\nlines"})
        self.assertEqual(os.getcwd(), os.path.join(self.folder, "deep"))
        self.assertFalse(load_dotenv("none.env", load_defaults=False))

    def test_lines_are_read_as_other_tools_read_them(self):
        from minflask.dotenv import parse_dotenv
        cases = [("A=1", [("A", "1")]), ("A = 1 ", [("A", "1")]), ("# A=1\n\nB=2", [("B", "2")]), ("A", [("A", None)]),
                 ("A=", [("A", "")]), ("A=a#b", [("A", "a#b")]), ("A=a #b", [("A", "a")]),
                 ('A="a\\nb"', [("A", "a\nb")]),
                 ("A='a\\nb'", [("A", "a\\nb")]), ('A="\\"q\\""', [("A", '"q"')]),
                 ("export\tA=1\r\nB=2", [("A", "1"), ("B", "2")]),
                 ("1=2\nA=1", [("A", "1")]), ("A=火腿", [("A", "火腿")])]
        for text, wanted in cases:
            with self.subTest(text=text):
                self.assertEqual(list(parse_dotenv(text)), wanted)


class Groups(Folder):
    def setUp(self):
        super().setUp()
        self.runner = CliRunner()

    def test_commands_of_an_application_run_in_its_context(self):
        """B68, B166, B366, B369, Later 55."""
        app = Flask("shop")
        sub = AppGroup("sub")

        @app.cli.command("create")
        @argument("name")
        @option("--times", default=1)
        def create(name, times):
            echo(f"{current_app.name} {name} {times}")

        @sub.command(with_appcontext=False)
        def bare():
            echo(str(bool(current_app)))

        @app.cli.command()
        @pass_script_info
        def info(script_info):
            echo(type(script_info).__name__)
        app.cli.add_command(sub)
        runner = app.test_cli_runner()
        self.assertEqual(runner.invoke(args=["create", "x", "--times", "2"]).output, "shop x 2\n")
        self.assertEqual(runner.invoke(args=["sub", "bare"]).output, "False\n")
        self.assertEqual(runner.invoke(args="info").output, "ScriptInfo\n")

    def test_with_appcontext_serves_a_command_of_its_own(self):
        """B369."""
        @command()
        @with_appcontext
        def show():
            echo(current_app.name)
        self.assertEqual(self.runner.invoke(show, obj=ScriptInfo(create_app=lambda: Flask("x"))).output, "x\n")

    def test_a_flask_group_has_our_commands_and_the_applications(self):
        """B365, Later 23."""
        app = Flask("shop")
        app.cli.command("mine")(lambda: echo(current_app.name))
        cli = FlaskGroup(create_app=lambda: app)
        with cli.make_context("cli", ["mine"]) as ctx:
            self.assertEqual(" ".join(cli.list_commands(ctx)), "bundle check check-copy mine routes run secret shell")
            self.assertIs(cli.get_command(ctx, "run"), run_command)
            self.assertIsNone(cli.get_command(ctx, "none"))
        self.assertEqual(self.runner.invoke(cli, ["mine"]).output, "shop\n")
        bare = FlaskGroup(create_app=lambda: app, add_default_commands=False, add_version_option=False)
        with bare.make_context("cli", ["mine"]) as ctx:
            self.assertEqual(bare.list_commands(ctx), ["mine"])
        self.assertEqual(self.runner.invoke(bare, ["--version"]).exit_code, 2)

    def test_the_version_says_what_is_followed(self):
        """B365."""
        result = self.runner.invoke(FlaskGroup(), ["--version"])
        self.assertRegex(result.output, r"Python 3\S+\nminflask \S+, which follows Flask 3\.1\S+ and Werkzeug 3\.1")

    def test_help_is_shown_also_where_the_application_fails(self):
        def create_app():
            raise ValueError("broken")
        for cli, said in ((FlaskGroup(create_app=create_app), "ValueError: broken"), (FlaskGroup(), "FLASK_APP")):
            result = self.runner.invoke(cli, ["--help"])
            self.assertEqual((result.exit_code, "Usage:" in result.stdout, said in result.stderr), (0, True, True))

    def test_an_empty_folder_gets_a_hint_and_no_error(self):
        for words, status in (([], 2), (["--help"], 0), (["rutes"], 2)):
            result = self.runner.invoke(FlaskGroup(), words, color=True)
            self.assertEqual((result.exit_code, result.stderr.count("--app or FLASK_APP")), (status, 1))
            self.assertNotIn("\x1b", result.output)
        self.assertIn("Could not locate an application", self.runner.invoke(FlaskGroup(), ["routes"]).stderr)

    def test_an_application_that_fails_is_tried_once(self):
        self.write("app.py", "print('tried')\nraise ValueError('broken')\n")
        for words in (["--help"], ["rutes"]):
            self.assertEqual(self.runner.invoke(FlaskGroup(), words).output.count("tried"), 1)

    def test_a_failing_application_shows_its_own_traceback_only(self):
        self.write("app.py", "def f():\n    raise ValueError('broken')\nf()\n")
        result = self.runner.invoke(FlaskGroup(), ["routes"])
        self.assertEqual(result.exit_code, 1)
        self.assertIn("ValueError: broken", result.stderr)
        self.assertIn("app.py", result.stderr)
        self.assertNotIn("appfinder", result.stderr)

    def test_a_mistyped_command_is_guessed(self):
        result = self.runner.invoke(FlaskGroup(create_app=lambda: Flask("x")), ["rutes"])
        self.assertEqual(result.exit_code, 2)
        self.assertIn("Did you mean routes?", result.stderr)

    def test_env_files_and_debug_are_options(self):
        """Later 54."""
        self.write("app.py", APP)
        self.write("x.env", "FROM_FILE=1\n")

        @group(cls=FlaskGroup)
        def cli():
            pass

        @cli.command()
        def show():
            echo(f"{os.environ.get('FROM_FILE')} {current_app.debug}")
        self.assertEqual(self.runner.invoke(cli, ["-e", "x.env", "--debug", "show"]).output, "1 True\n")
        self.assertEqual(self.runner.invoke(cli, ["-e", "none.env", "show"]).exit_code, 2)


class Run(Folder):
    def invoke(self, *words, env=None):
        from minflask.server import serving
        self.write("app.py", APP)
        with mock.patch.object(serving, "run_simple") as run_simple:
            result = CliRunner().invoke(FlaskGroup(), ["run", *words], env=env)
        self.assertEqual(result.exit_code, 0, result.output)
        return run_simple.call_args

    def test_options_reach_the_server(self):
        """B167, B370, C43."""
        call = self.invoke("-h", "::1", "-p", "0", "--no-reload", "--debugger", "--without-threads",
                           "--extra-files", os.pathsep.join(["a", "b"]), "--exclude-patterns", "c*")
        self.assertEqual(call.args[:2], ("::1", 0))
        self.assertEqual({key: call.kwargs[key] for key in (
            "use_reloader", "use_debugger", "threaded", "extra_files", "exclude_patterns")}, {
            "use_reloader": False, "use_debugger": True, "threaded": False, "extra_files": ["a", "b"],
            "exclude_patterns": ["c*"]})
        self.assertEqual(self.invoke("--eager-loading").kwargs["use_reloader"], False)

    def test_threads_the_access_log_and_the_mode_are_chosen(self):
        for words, expected in (
            ([], {}), (["--threads", "3"], {"threads": 3}), (["--access-log", "off"], {"access_log": False}),
            (["--access-log", "{path} {ms:.0f}"], {"access_log": "{path} {ms:.0f}"}),
            (["--socket-mode", "660"], {"socket_mode": 0o660}),
        ):
            with self.subTest(words):
                given = self.invoke(*words).kwargs
                chosen = ("threads", "access_log", "socket_mode")
                self.assertEqual({key: given[key] for key in chosen if key in given}, expected)
        for word, wrong in (("--access-log", "{stauts}"), ("--access-log", "{path"), ("--socket-mode", "rw")):
            result = CliRunner().invoke(FlaskGroup(), ["run", word, wrong])
            self.assertEqual((result.exit_code, word in result.output), (2, True), result.output)

    def test_every_option_has_an_environment_variable(self):
        """B370."""
        self.assertEqual(self.invoke(env={"FLASK_RUN_PORT": "8080"}).args[1], 8080)
        self.assertEqual(self.invoke("-p", "81", env={"FLASK_RUN_PORT": "8080"}).args[1], 81)

    def test_debug_mode_turns_reloader_and_debugger_on(self):
        """B370, C28, C43."""
        for words, env in ((["--debug"], {}), ([], {"FLASK_DEBUG": "1"}), ([], {"FLASK_ENV": "development"})):
            os.environ.pop("FLASK_DEBUG", None)
            call = self.invoke(*words, env=env)
            self.assertEqual((call.kwargs["use_reloader"], call.kwargs["use_debugger"]), (True, True), (words, env))

    @unittest.skipUnless(find_spec("ssl"), "this Python has no ssl")
    def test_certificates_and_keys_go_together(self):
        """B370."""
        self.write("cert.pem", "")
        self.write("key.pem", "")
        for order in (["--cert", "cert.pem", "--key", "key.pem"], ["--key", "key.pem", "--cert", "cert.pem"]):
            ctx = run_command.make_context("run", order)
            self.assertEqual(ctx.params["cert"], tuple(os.path.realpath(name) for name in ("cert.pem", "key.pem")))
        for words in (["--cert", "cert.pem"], ["--key", "key.pem"], ["--cert", "none.pem"]):
            self.assertRaises(BadParameter, run_command.make_context, "run", words)

    def test_bad_ports_are_errors_of_usage(self):
        self.write("app.py", APP)
        for port in ("x", "-1", "65536"):
            self.assertEqual(CliRunner().invoke(FlaskGroup(), ["run", f"--port={port}"]).exit_code, 2)


class RunByTheApplication(Folder):
    def test_the_address_is_that_of_the_server_name(self):
        for name, wanted in (("[::1]:5001", ("::1", 5001)), ("shop.example:8", ("shop.example", 8)),
                             ("shop.example", ("shop.example", 5000)), (None, ("127.0.0.1", 5000))):
            app = Flask(__name__)
            app.config["SERVER_NAME"] = name
            with self.subTest(name), mock.patch("minflask.server.serving.run_simple") as run:
                app.run()
            self.assertEqual(run.call_args[0][:2], wanted)


class Commands(Folder):
    def app(self):
        app = Flask("shop", static_folder=None)
        app.secret_key = "0123456789abcdef0123"
        app.add_url_rule("/a/<int:x>", "zeta", lambda x: "", methods=["GET", "POST"])
        app.add_url_rule("/b", "alpha", lambda: "", methods=["POST"])
        return app

    def invoke(self, app, *words, **kwargs):
        return CliRunner().invoke(FlaskGroup(create_app=lambda: app), list(words), **kwargs)

    def test_routes_are_listed_sorted_and_fit_the_terminal(self):
        """Later 56."""
        app = self.app()
        self.assertEqual(self.invoke(app, "routes").output, (
            "Endpoint  Methods    Rule\n--------  ---------  ----------\n"
            "alpha     POST       /b\nzeta      GET, POST  /a/<int:x>\n"))
        self.assertEqual(self.invoke(app, "routes", "-s", "rule").output.splitlines()[2][:4], "zeta")
        self.assertIn("GET, HEAD, OPTIONS, POST", self.invoke(app, "routes", "--all-methods").output)
        narrow = self.invoke(app, "routes", env={"COLUMNS": "20"}).output
        self.assertEqual(narrow.splitlines()[2:5], ["alpha", "  Methods: POST", "  Rule: /b"])
        self.assertEqual(self.invoke(Flask("x", static_folder=None), "routes").output, "No routes were registered.\n")

    def test_a_shell_starts_with_the_applications_names(self):
        """B167, B371."""
        app = self.app()
        app.shell_context_processor(lambda: {"answer": 42})
        with mock.patch("code.interact") as interact:
            self.assertEqual(self.invoke(app, "shell").exit_code, 0)
        self.assertIn("App: shop", interact.call_args.args[0])
        self.assertEqual({key: interact.call_args.kwargs["local"][key] for key in ("app", "answer")},
                         {"app": app, "answer": 42})
        self.assertEqual(shell_command.name, "shell")

    def test_a_secret_is_new_each_time(self):
        first, second = (self.invoke(self.app(), "secret").output for _ in range(2))
        self.assertRegex(first, r"^[0-9a-f]{64}\n$")
        self.assertNotEqual(first, second)

    def test_check_names_what_is_probably_wrong(self):
        self.assertEqual(self.invoke(self.app(), "check").exit_code, 0)
        app = self.app()
        app.secret_key = "dev"
        app.config.update(SESSION_COOKIE_HTTPONLY=False, SESSION_COOKIE_SAMESITE="None")
        app.add_url_rule("/b", "twice", lambda: "", methods=["POST"])
        app.add_url_rule("/none", "none")
        self.write("templates/bad.html", "{% if %}")
        app.root_path = self.folder
        result = self.invoke(app, "check")
        self.assertEqual(result.exit_code, 1)
        for said in ("could be guessed", "HTTPONLY", "'None'", "never reached", "has no view", "bad.html"):
            self.assertIn(said, result.output)
        app.secret_key = None
        self.assertIn("There is no SECRET_KEY", self.invoke(app, "check").output)

    def test_commands_of_an_application_win_over_those_that_flask_has_not(self):
        app = self.app()
        app.cli.command("check")(lambda: echo("mine"))
        self.assertEqual(self.invoke(app, "check").output, "mine\n")


class DocumentedExamples(Folder):
    """What Flask's documentation shows of commands, with only the imports changed."""

    def test_commands_with_arguments_options_groups_and_blueprints(self):
        app = Flask("shop")

        @app.cli.command("create-user")
        @argument("name")
        def create_user(name):
            echo(f"created {name}")
        user_cli = AppGroup("user")

        @user_cli.command("create")
        @argument("name")
        @option("--admin", is_flag=True, help="With all rights.")
        def create(name, admin):
            echo(f"{name} {admin}")
        app.cli.add_command(user_cli)
        bp = Blueprint("students", __name__)

        @bp.cli.command("create")
        @argument("name")
        @pass_context
        def create_student(ctx, name):
            echo(f"{ctx.command_path} {name}")
        app.register_blueprint(bp)
        runner = app.test_cli_runner()
        for words, said in (("create-user admin", "created admin\n"), ("user create demo --admin", "demo True\n"),
                            ("students create alice", "shop students create alice\n")):
            self.assertEqual(runner.invoke(args=words).output, said)

    def test_installed_packages_bring_commands_by_entry_points(self):
        self.write("site/plugin.py", """
            from minflask.commands import command, echo
            @command("hello")
            def hello():
                echo("hello")
            """)
        for name, points in (("plugin", "hello = plugin:hello\nbroken = plugin:none"), ("other", "")):
            self.write(f"site/{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            self.write(f"site/{name}-1.0.dist-info/entry_points.txt",
                       f"[flask.commands]\n{points}\n" if points else "[console_scripts]\nx = y:z\n")
        runner = CliRunner()
        sys.path.append(os.path.join(self.folder, "site"))
        self.assertEqual(runner.invoke(FlaskGroup(create_app=lambda: Flask("x")), ["hello"]).output, "hello\n")
        result = runner.invoke(FlaskGroup(), ["--help"])
        self.assertEqual(result.exit_code, 0)
        self.assertRegex(result.stdout, r"\n  hello\n")
        self.assertIn("'broken' of an installed package cannot be loaded", result.stderr)


if __name__ == "__main__":
    unittest.main()
