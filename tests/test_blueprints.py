"""Blueprints: recorded first, registered later (section 1 of the seeds)."""

from __future__ import annotations

import unittest

from minflask import Blueprint, Flask, abort, render_template, request, url_for
from minflask.blueprints import BlueprintSetupState
from minflask.jinja.loaders import DictLoader


class Recording(unittest.TestCase):
    def test_nothing_reaches_an_application_before_registration(self):
        """B4, B5, B6, B7, B260."""
        bp, states = Blueprint("bp", __name__), []
        bp.add_url_rule("/", "index", lambda: "index")
        bp.record(lambda state: states.append(("each", state)))
        bp.record_once(lambda state: states.append(("once", state)))
        self.assertEqual(states, [])
        app = Flask(__name__)
        app.register_blueprint(bp)
        app.register_blueprint(bp, name="again", url_prefix="/again")
        self.assertEqual([kind for kind, _ in states], ["each", "once", "each"])
        self.assertIsInstance(states[0][1], BlueprintSetupState)
        self.assertEqual([app.test_client().get(p).text for p in ("/", "/again/")], ["index"] * 2)

    def test_the_loader_of_its_templates_may_be_set(self):
        # Flask-JSONRPC gives its browser's blueprint a loader of its own.
        app, bp = Flask(__name__), Blueprint("bp", __name__)
        bp.jinja_loader = DictLoader({"page.html": "from the blueprint", "both.html": "hidden"})
        app.jinja_loader = DictLoader({"both.html": "from the application"})
        app.register_blueprint(bp)
        with app.app_context():
            self.assertEqual([render_template(name) for name in ("page.html", "both.html")],
                             ["from the blueprint", "from the application"])

    def test_the_setup_state_knows_its_registration(self):
        """B216, B261, B362."""
        app, bp = Flask(__name__), Blueprint("bp", __name__, url_prefix="/a", subdomain="s", url_defaults={"x": 1})
        options = {"url_prefix": "/b", "url_defaults": {"y": 2}, "mark": "seen"}
        state = bp.make_setup_state(app, options, True)
        self.assertEqual((state.app, state.blueprint, state.options, state.first_registration, state.subdomain,
                          state.url_prefix, state.url_defaults), (app, bp, options, True, "s", "/b", {"x": 1, "y": 2}))
        state.add_url_rule("/<x>/<y>/", "index", lambda x, y: "")
        rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == "bp.index")
        self.assertEqual((rule.rule, rule.subdomain, rule.defaults), ("/b/<x>/<y>/", "s", {"x": 1, "y": 2}))

        class Own(Blueprint):
            def make_setup_state(self, app, options, first_registration=False):
                options["made"] = True
                return super().make_setup_state(app, options, first_registration)
        seen = []
        own = Own("own", __name__)
        own.record(lambda state: seen.append(state.options["made"]))
        app.register_blueprint(own)
        self.assertEqual(seen, [True])

    def test_names_are_checked(self):
        """B257, B263, C22."""
        for name in ("", "a.b"):
            self.assertRaises(ValueError, Blueprint, name, __name__)
        bp = Blueprint("bp", __name__)
        self.assertRaises(ValueError, bp.add_url_rule, "/", "a.b", print)
        dotted = lambda: ""  # noqa: E731
        dotted.__name__ = "a.b"
        self.assertRaises(ValueError, bp.add_url_rule, "/", None, dotted)
        app = Flask(__name__)
        app.register_blueprint(bp)
        with self.assertRaisesRegex(ValueError, "name="):
            app.register_blueprint(bp)
        self.assertRaises(ValueError, app.register_blueprint, Blueprint("bp", __name__))
        with self.assertRaisesRegex(AssertionError, "after it was registered"):
            bp.before_request(print)
        itself = Blueprint("itself", __name__)
        self.assertRaises(ValueError, itself.register_blueprint, itself)

    def test_registered_blueprints_are_listed_in_order(self):
        """B188."""
        app = Flask(__name__)
        blueprints = [Blueprint(name, __name__) for name in "cab"]
        for bp in blueprints:
            app.register_blueprint(bp)
        self.assertEqual((list(app.iter_blueprints()), list(app.blueprints)), (blueprints, list("cab")))


class Serving(unittest.TestCase):
    def test_static_files_and_templates_come_from_its_own_folder(self):
        """B203, B257, B258, B334."""
        app = Flask("tests.sample")
        bp = Blueprint("bp", "tests.sample.bp", template_folder="templates", static_folder="../static",
                       url_prefix="/bp")
        self.assertFalse(Blueprint("x", __name__).has_static_folder)
        for name in ("both", "only"):
            bp.add_url_rule(f"/{name}", name, lambda name=name: render_template(f"{name}.html"))
        app.register_blueprint(bp)
        client = app.test_client()
        self.assertEqual([client.get(p, buffered=True).text for p in ("/bp/both", "/bp/only", "/bp/static/file.txt")],
                         ["own of app", "only bp", "static file\n"])
        self.assertEqual(client.get("/bp/static/none.txt").status_code, 404)
        with app.test_request_context("/bp/both"):
            self.assertEqual(url_for(".static", filename="file.txt"), "/bp/static/file.txt")

    def test_without_a_prefix_the_applications_static_route_wins(self):
        """B258."""
        app = Flask("tests.sample")
        app.register_blueprint(Blueprint("bp", "tests.sample.bp", static_folder="templates", static_url_path="/static"))
        client = app.test_client()
        self.assertEqual(client.get("/static/file.txt", buffered=True).status_code, 200)
        self.assertEqual(client.get("/static/only.html").status_code, 404)

    def test_hooks_hold_for_its_own_requests_or_for_all(self):
        """B264, B265, B227."""
        app, bp = Flask("tests.sample"), Blueprint("bp", __name__, url_prefix="/bp")
        seen = []
        bp.before_request(lambda: seen.append("own"))
        bp.before_app_request(lambda: seen.append("all"))
        bp.after_app_request(lambda response: seen.append("after all") or response)
        bp.teardown_app_request(lambda error: seen.append("teardown all"))
        bp.before_app_first_request(lambda: seen.append("first"))
        bp.context_processor(lambda: {"name": "bp"})
        bp.app_context_processor(lambda: {"name": "app"})
        bp.add_url_rule("/", "index", lambda: render_template("page.html"))
        app.add_url_rule("/", "index", lambda: render_template("page.html"))
        app.register_blueprint(bp)
        client = app.test_client()
        self.assertEqual(client.get("/").text, "app app")
        self.assertEqual(seen, ["first", "all", "after all", "teardown all"])
        seen.clear()
        self.assertEqual(client.get("/bp/").text, "app bp")
        self.assertEqual(seen, ["all", "own", "after all", "teardown all"])

    def test_template_helpers_are_registered_for_the_application(self):
        """B265."""
        app, bp = Flask(__name__), Blueprint("bp", __name__)
        bp.add_app_template_filter(str.upper, "shout")
        bp.app_template_test("odd_one")(lambda n: n % 2 == 1)
        bp.app_template_global("three")(lambda: 3)

        @bp.app_template_filter
        def twice(text):
            return text * 2
        app.register_blueprint(bp)
        env = app.jinja_env
        self.assertEqual(env.from_string("{{ 'a'|shout|twice }}{{ three() is odd_one }}").render(), "AATrue")

    def test_an_endpoint_may_be_registered_for_the_application_or_the_blueprint(self):
        """B220, B262, C45."""
        app, bp = Flask(__name__), Blueprint("bp", __name__)
        app.url_map.add(app.url_rule_class("/a", endpoint="a"))
        app.url_map.add(app.url_rule_class("/b", endpoint="bp.b"))
        bp.endpoint("a")(lambda: "a")
        bp.endpoint(".b")(lambda: "b")
        app.register_blueprint(bp)
        self.assertEqual([app.test_client().get(p).text for p in ("/a", "/b")], ["a", "b"])

    def test_hooks_and_handlers_hold_wherever_a_blueprint_is_nested(self):
        for first, second in (("one", "two"), (None, "two"), ("one", None)):
            child = Blueprint("child", __name__)
            child.before_request(lambda: abort(403))
            child.register_error_handler(403, lambda error: ("mine", 403))
            child.add_url_rule("/secret", "secret", lambda: "secret")
            app = Flask(__name__)
            for name in (first, second):
                if name is None:
                    app.register_blueprint(child)
                else:
                    parent = Blueprint(name, __name__, url_prefix=f"/{name}")
                    parent.register_blueprint(child)
                    app.register_blueprint(parent)
            for name in (first, second):
                with self.subTest(first=first, second=second, name=name):
                    answer = app.test_client().get(f"/{name}/secret" if name else "/secret")
                    self.assertEqual((answer.status_code, answer.text), (403, "mine"))

    def test_nested_blueprints_join_names_prefixes_and_subdomains(self):
        """Later 5, Later 24."""
        app = Flask(__name__, subdomain_matching=True)
        app.config["SERVER_NAME"] = "e.com"
        outer = Blueprint("outer", __name__, url_prefix="/outer", subdomain="a")
        inner = Blueprint("inner", __name__, url_prefix="/inner", subdomain="b")
        inner.add_url_rule("/", "index", lambda: f"{request.endpoint} {request.blueprints} {url_for('.index')}")
        inner.register_error_handler(404, lambda e: ("inner", 404))
        outer.register_blueprint(inner)
        app.register_blueprint(outer)
        answer = app.test_client().get("/outer/inner/", base_url="http://b.a.e.com")
        self.assertEqual(answer.text, "outer.inner.index ['outer.inner', 'outer'] /outer/inner/")

    def test_a_blueprints_own_json_classes_are_used_for_its_requests(self):
        """B259, B344, C30."""
        from minflask import jsonify
        from minflask.json import JSONEncoder

        class Shouting(JSONEncoder):
            def default(self, o):
                return "ENCODED"
        app, bp = Flask(__name__), Blueprint("bp", __name__, url_prefix="/bp")
        bp.json_encoder = Shouting
        bp.add_url_rule("/", "index", lambda: jsonify(a=object()))
        app.add_url_rule("/", "index", lambda: jsonify(a=object()))
        app.register_blueprint(bp)
        app.testing = True
        self.assertEqual(app.test_client().get("/bp/").json, {"a": "ENCODED"})
        self.assertRaises(TypeError, app.test_client().get, "/")

    def test_commands_are_grouped_under_the_blueprints_name_or_another(self):
        """B3, B256, B267."""
        app = Flask(__name__)
        for name, options in (("plain", {}), ("named", {"cli_group": "other"}), ("merged", {"cli_group": None})):
            bp = Blueprint(name, __name__, **options)
            bp.cli.command(f"do-{name}")(lambda name=name: print(f"did {name}"))
            app.register_blueprint(bp)
        app.cli.command("own")(lambda: print("did own"))
        runner = app.test_cli_runner()
        for words, said in ((["plain", "do-plain"], "plain"), (["other", "do-named"], "named"),
                            (["do-merged"], "merged"), (["own"], "own")):
            self.assertEqual(runner.invoke(args=words).output, f"did {said}\n")


if __name__ == "__main__":
    unittest.main()
