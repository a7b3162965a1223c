"""The application object itself: construction, attributes, folders, templates, contexts, running (section 1)."""

from __future__ import annotations

import datetime
import io
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

from minflask import Blueprint, Flask, Request, Response, g, render_template_string, request
from minflask.config import Config
from minflask.http.structures import ImmutableDict


class Construction(unittest.TestCase):
    def test_resources_are_found_in_the_folder_of_the_import_name(self):
        """B168, B174, B177, B199."""
        here = os.path.dirname(os.path.abspath(__file__))
        app = Flask("tests.sample")
        self.assertEqual((app.root_path, app.template_folder), (os.path.join(here, "sample"), "templates"))
        with app.open_resource("static/file.txt") as file:
            self.assertEqual(file.read(), b"static file\n")
        with app.open_resource("static/file.txt", "r") as file:
            self.assertEqual(file.read(), "static file\n")
        for mode in ("w", "a", "x", "r+"):
            self.assertRaises(ValueError, app.open_resource, "static/file.txt", mode)
        self.assertEqual(Flask("no.such.module", root_path="/srv").root_path, "/srv")

    def test_static_folder_and_its_url(self):
        """B169, B170, B197, B255, Later 52."""
        app = Flask("tests.sample")
        self.assertEqual((app.static_url_path, app.has_static_folder, app.static_folder),
                         ("/static", True, os.path.join(app.root_path, "static")))
        with app.test_request_context():
            with app.send_static_file("file.txt") as answer:
                self.assertEqual(answer.mimetype, "text/plain")
        cases = [({"static_folder": pathlib.Path("templates")}, "/templates"),
                 ({"static_url_path": "/files/"}, "/files"), ({"static_folder": "bp/"}, "/bp"),
                 ({"static_folder": None}, None)]
        for options, url in cases:
            with self.subTest(options=options):
                self.assertEqual(Flask("tests.sample", **options).static_url_path, url)
        bare = Flask(__name__, static_folder=None)
        self.assertEqual((bare.has_static_folder, bare.test_client().get("/static/x").status_code), (False, 404))
        with bare.test_request_context(), self.assertRaisesRegex(RuntimeError, "static_folder"):
            bare.send_static_file("x")

    def test_the_instance_folder_stands_beside_the_package(self):
        """B175, B176, B198, B200."""
        app = Flask("tests.sample")
        self.assertEqual(app.instance_path, os.path.join(os.path.dirname(os.path.dirname(app.root_path)), "instance"))
        self.assertEqual(app.auto_find_instance_path(), app.instance_path)
        self.assertRaises(ValueError, Flask, __name__, instance_path="relative")
        with tempfile.TemporaryDirectory() as folder:
            app = Flask(__name__, instance_path=folder, instance_relative_config=True)
            self.assertEqual((app.config.root_path, app.make_config(True).root_path), (folder, folder))
            with app.open_instance_resource("notes.txt", "w") as file:
                file.write("ü")
            with app.open_instance_resource("notes.txt") as file:
                self.assertEqual(file.read(), "ü".encode())

    def test_own_classes_replace_the_parts(self):
        """B2, B178."""
        class OwnConfig(Config):
            pass

        class Own(Flask):
            config_class = OwnConfig
            jinja_options = {"trim_blocks": True}
        app = Own(__name__)
        self.assertIsInstance(app.config, OwnConfig)
        self.assertTrue(app.jinja_env.trim_blocks)
        self.assertIs(Flask.request_class, Request)
        self.assertIs(Flask.response_class, Response)
        for name in ("app_ctx_globals_class", "jinja_environment", "url_rule_class", "url_map_class",
                     "test_client_class", "test_cli_runner_class", "session_interface", "json_encoder", "json_decoder",
                     "json_provider_class", "aborter_class"):
            self.assertTrue(hasattr(Flask, name), name)

    def test_the_default_configuration_has_the_documented_keys(self):
        """B183, B201, Later 60, Later 61, Later 64."""
        self.assertIsInstance(Flask.default_config, ImmutableDict)
        with mock.patch.dict(os.environ, {"FLASK_DEBUG": "", "FLASK_ENV": ""}):
            config = Flask(__name__).config
        wanted = {
            "APPLICATION_ROOT": "/", "DEBUG": False, "ENV": "production", "EXPLAIN_TEMPLATE_LOADING": False,
            "MAX_CONTENT_LENGTH": None, "MAX_COOKIE_SIZE": 4093, "MAX_FORM_MEMORY_SIZE": 500000, "MAX_FORM_PARTS": 1000,
            "PERMANENT_SESSION_LIFETIME": datetime.timedelta(31), "PREFERRED_URL_SCHEME": "http",
            "PROPAGATE_EXCEPTIONS": None, "PRESERVE_CONTEXT_ON_EXCEPTION": None, "PROVIDE_AUTOMATIC_OPTIONS": True,
            "SECRET_KEY": None, "SECRET_KEY_FALLBACKS": None, "SEND_FILE_MAX_AGE_DEFAULT": None, "SERVER_NAME": None,
            "SESSION_COOKIE_DOMAIN": None, "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_NAME": "session",
            "SESSION_COOKIE_PARTITIONED": False, "SESSION_COOKIE_PATH": None, "SESSION_COOKIE_SAMESITE": None,
            "SESSION_COOKIE_SECURE": False, "SESSION_REFRESH_EACH_REQUEST": True, "TEMPLATES_AUTO_RELOAD": None,
            "TESTING": False, "TRAP_BAD_REQUEST_ERRORS": None, "TRAP_HTTP_EXCEPTIONS": False, "TRUSTED_HOSTS": None,
            "USE_X_SENDFILE": False, "STATIC_FOLLOW_SYMLINKS": True, "JSON_AS_ASCII": True, "JSON_SORT_KEYS": True,
            "JSONIFY_MIMETYPE": "application/json", "JSONIFY_PRETTYPRINT_REGULAR": False,
        }
        self.assertEqual(dict(config), wanted)


class Attributes(unittest.TestCase):
    def test_attributes_read_and_write_their_configuration_keys(self):
        """B179, B181, C17."""
        app = Flask(__name__)
        for name, value in (("testing", True), ("secret_key", "x"), ("session_cookie_name", "s"),
                            ("use_x_sendfile", True), ("env", "development")):
            setattr(app, name, value)
            self.assertEqual((app.config[name.upper()], getattr(app, name)), (value, value))
        self.assertIsNone(app.send_file_max_age_default)
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
        self.assertEqual(app.send_file_max_age_default, datetime.timedelta(minutes=1))
        with app.app_context():
            self.assertEqual(app.get_send_file_max_age("x"), 60)
            app.send_file_max_age_default = datetime.timedelta(minutes=2)
            self.assertEqual(app.get_send_file_max_age("x"), 120)

    def test_a_subclass_chooses_the_age_by_file_name(self):
        """B254."""
        class Own(Flask):
            def get_send_file_max_age(self, filename):
                return 10 if filename.endswith(".txt") else 20
        app = Own("tests.sample")
        answer = app.test_client().get("/static/file.txt", buffered=True)
        self.assertEqual(answer.cache_control.max_age, 10)

    def test_name_is_that_of_the_import_or_of_the_file_that_runs(self):
        """B190."""
        self.assertEqual(Flask("a.b", root_path=".").name, "a.b")
        with mock.patch.object(sys.modules["__main__"], "__file__", "/x/shop.py", create=True):
            self.assertEqual(Flask("__main__").name, "shop")
        app = Flask(__name__)
        app.name = "mine"
        self.assertEqual((app.name, repr(app)), ("mine", "<Flask 'mine'>"))

    def test_debug_and_env_come_from_the_environment(self):
        """B195, B196, C28."""
        for environ, wanted in (({}, ("production", False)), ({"FLASK_ENV": "development"}, ("development", True)),
                                ({"FLASK_ENV": "development", "FLASK_DEBUG": "0"}, ("development", False)),
                                ({"FLASK_DEBUG": "1"}, ("production", True)),
                                ({"FLASK_DEBUG": "False"}, ("production", False))):
            with self.subTest(environ=environ), mock.patch.dict(os.environ, environ):
                for key in {"FLASK_ENV", "FLASK_DEBUG"} - set(environ):
                    os.environ.pop(key, None)
                app = Flask(__name__)
                self.assertEqual((app.env, app.debug), wanted)

    def test_templates_reload_in_debug_mode_or_as_set(self):
        """B194, B202."""
        app = Flask(__name__)
        self.assertEqual((app.templates_auto_reload, app.jinja_env.auto_reload), (False, False))
        app.templates_auto_reload = True
        self.assertEqual((app.config["TEMPLATES_AUTO_RELOAD"], app.jinja_env.auto_reload), (True, True))
        app = Flask(__name__)
        app.debug = True
        self.assertTrue(app.jinja_env.auto_reload)
        app.debug = False
        self.assertFalse(app.jinja_env.auto_reload)

    def test_registries_are_dicts_of_lists_by_blueprint(self):
        """B186, B187, B189, Later 7."""
        app = Flask(__name__)
        for owner in (app, Blueprint("bp", __name__)):
            owner.before_request(print)
            self.assertEqual(owner.before_request_funcs, {None: [print]})
            for name in ("after_request_funcs", "teardown_request_funcs", "url_value_preprocessors",
                         "url_default_functions", "template_context_processors", "error_handler_spec"):
                self.assertIsInstance(getattr(owner, name), dict)
        self.assertEqual((app.before_first_request_funcs, app.teardown_appcontext_funcs, app.shell_context_processors,
                          app.extensions), ([], [], [], {}))

    def test_a_shell_starts_with_the_processors_names(self):
        """B206."""
        app = Flask(__name__)
        app.shell_context_processor(lambda: {"x": 1})
        self.assertEqual(app.make_shell_context(), {"app": app, "g": g, "x": 1})


class Templates(unittest.TestCase):
    def test_the_environment_knows_what_flasks_templates_use(self):
        """B182, B202, B207."""
        app = Flask(__name__)
        self.assertEqual(set(app.jinja_env.globals) >= {
            "url_for", "get_flashed_messages", "config", "request", "session", "g"}, True)
        self.assertIn("tojson", app.jinja_env.filters)

        @app.template_filter("rev")
        def reverse(text):
            return text[::-1]

        @app.template_test()
        def even(n):
            return n % 2 == 0

        @app.template_global
        def two():
            return 2
        app.add_template_filter(str.upper, "shout")
        app.add_template_test(lambda n: n == 1, "one")
        app.add_template_global(lambda: 1, "one")
        with app.app_context():
            self.assertEqual(render_template_string("{{ 'ab'|rev|shout }}{{ two() is even }}{{ one() is one }}"),
                             "BATrueTrue")

    def test_autoescape_goes_by_the_ending(self):
        """B204, C34, S164."""
        app = Flask(__name__)
        for name, wanted in ((None, True), ("a.html", True), ("a.htm", True), ("a.xml", True), ("a.xhtml", True),
                             ("a.svg", True), ("a.HTML", False), ("a.txt", False), ("a", False)):
            self.assertEqual(app.select_jinja_autoescape(name), wanted, name)

    def test_context_processors_add_and_the_caller_wins(self):
        """B205, B227, C47."""
        app, bp = Flask(__name__), Blueprint("bp", __name__)
        app.context_processor(lambda: {"a": "app", "b": "app", "c": "app"})
        bp.context_processor(lambda: {"b": "bp", "c": "bp"})
        bp.add_url_rule("/", "index", lambda: "")
        app.register_blueprint(bp)
        with app.test_request_context("/"):
            context = {"c": "caller"}
            app.update_template_context(context)
            self.assertEqual((context["a"], context["b"], context["c"]), ("app", "bp", "caller"))
            self.assertEqual(context["request"], request._get_current_object())
            self.assertIn("g", context)


class Contexts(unittest.TestCase):
    def test_a_test_request_takes_the_builders_arguments(self):
        """B251, B252."""
        app = Flask(__name__)
        app.config.update(SERVER_NAME="example.com", APPLICATION_ROOT="/app", PREFERRED_URL_SCHEME="https")
        with app.test_request_context("/x?a=1", subdomain="s", method="POST", json={"k": 1}, headers={"X-A": "1"}):
            self.assertEqual((request.url, request.method, request.json, request.mimetype, request.headers["X-A"]),
                             ("https://s.example.com/app/x?a=1", "POST", {"k": 1}, "application/json", "1"))
        with app.test_request_context("/", base_url="http://other.org"):
            self.assertEqual(request.host, "other.org")
        with app.test_request_context("http://full.org/path?x=y"):
            self.assertEqual((request.host, request.path, request.args["x"]), ("full.org", "/path", "y"))
        for extra in ({"subdomain": "s"}, {"url_scheme": "http"}):
            self.assertRaises(TypeError, app.test_request_context, "/", base_url="http://a", **extra)

    def test_an_adapter_needs_a_request_or_a_server_name(self):
        """B246, C46."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "")
        with app.app_context():
            self.assertIsNone(app.create_url_adapter(None))
        with app.test_request_context() as ctx:
            self.assertEqual(app.create_url_adapter(ctx.request).build("index"), "/")
        app.config["SERVER_NAME"] = "example.com"
        self.assertEqual(app.create_url_adapter(None).build("index", force_external=True), "http://example.com/")

    def test_hosts_are_checked_before_anything_is_matched(self):
        """Later 29, S131, S132."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: request.host)
        client = app.test_client()
        for host in ("a/b<c>", "good@evil", "a b", "a:b:c"):
            self.assertEqual(client.get("/", headers={"Host": host}).status_code, 400, host)
        app.config["TRUSTED_HOSTS"] = ["example.com", ".example.org"]
        for host, status in (("example.com", 200), ("a.example.org:80", 200), ("evil.com", 400)):
            self.assertEqual(client.get("/", headers={"Host": host}).status_code, status, host)


class Running(unittest.TestCase):
    def run_app(self, app, environ=(), **arguments):
        """Call `app.run` with the server replaced, and return what that was called with."""
        from minflask.server import serving
        with mock.patch.object(serving, "run_simple") as run_simple, mock.patch.dict(os.environ, dict(environ)):
            for key in {"FLASK_RUN_FROM_CLI", "FLASK_DEBUG", "FLASK_ENV"} - set(dict(environ)):
                os.environ.pop(key, None)
            with mock.patch.object(sys, "stdout", io.StringIO()), mock.patch.object(sys, "stderr", io.StringIO()):
                app.run(load_dotenv=bool(environ), **arguments)
        return run_simple.call_args

    def test_host_and_port_come_from_the_arguments_or_the_server_name(self):
        """B208, B209."""
        app = Flask(__name__)
        cases = [(None, {}, ("127.0.0.1", 5000)), ("e.com:80", {}, ("e.com", 80)), ("e.com", {}, ("e.com", 5000)),
                 ("e.com:80", {"host": "h", "port": 0}, ("h", 0)), (None, {"port": "8080"}, ("127.0.0.1", 8080))]
        for server_name, arguments, wanted in cases:
            app.config["SERVER_NAME"] = server_name
            with self.subTest(server_name=server_name, arguments=arguments):
                call = self.run_app(app, **arguments)
                self.assertEqual(call.args, (*wanted, app))
                self.assertEqual((call.kwargs["threaded"], call.kwargs["use_reloader"]), (True, False))

    def test_debug_turns_reloader_and_debugger_on(self):
        """B209."""
        call = self.run_app(Flask(__name__), debug=True, use_reloader=False, threaded=False)
        self.assertEqual({k: call.kwargs[k] for k in ("use_reloader", "use_debugger", "threaded")},
                         {"use_reloader": False, "use_debugger": True, "threaded": False})

    def test_the_environment_sets_debug_when_dotenv_is_loaded(self):
        """B210."""
        app = Flask(__name__)
        self.run_app(app, {"FLASK_ENV": "development", "FLASK_DEBUG": ""})
        self.assertEqual((app.env, app.debug), ("development", True))

    def test_running_from_the_command_line_ignores_the_call(self):
        self.assertIsNone(self.run_app(Flask(__name__), {"FLASK_RUN_FROM_CLI": "true"}))

    def test_clients_and_runners_are_made_of_the_classes_set(self):
        """B211, B214, B320."""
        from minflask.testing import FlaskClient, FlaskCliRunner

        class OwnClient(FlaskClient):
            def __init__(self, *args, mark=None, **kwargs):
                super().__init__(*args, **kwargs)
                self.mark = mark

        class OwnRunner(FlaskCliRunner):
            pass
        app = Flask(__name__)
        self.assertIsInstance(app.test_client(), FlaskClient)
        app.test_client_class, app.test_cli_runner_class = OwnClient, OwnRunner
        self.assertEqual(app.test_client(mark=1).mark, 1)
        self.assertIsInstance(app.test_cli_runner(), OwnRunner)
        self.assertIs(app.test_cli_runner().app, app)


if __name__ == "__main__":
    unittest.main()
