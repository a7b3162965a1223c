"""The workloads for Flask's API: the same code for Flask and, by another name, for minflask."""

from __future__ import annotations

import importlib
import pathlib
import tempfile

from .requests import FORM, Call, Page, environ, multipart
from .rows import BIG, DOCUMENT, ITEMS, PAYLOAD, STYLES, TABLE

BIGTABLE = ("<table>{% for row in table %}<tr>{% for cell in row.values() %}<td>{{ cell }}</td>{% endfor %}</tr>"
            "{% endfor %}</table>")


def workload(package, row):
    """Return a workload for a package, "flask" or "minflask"."""
    flask = importlib.import_module(package)
    flask.jinja = importlib.import_module("jinja2" if package == "flask" else f"{package}.jinja.environment")
    return globals()[f"make_{row.replace('-', '_')}"](flask)


def make_hello(flask, key=None):
    app = flask.Flask(__name__)
    app.secret_key = key

    @app.route("/")
    def hello():
        return "Hello, World!"

    return Page(app)


def make_hello_key(flask):
    return make_hello(flask, "a secret key of some length")


def make_json(flask):
    app = flask.Flask(__name__)

    @app.route("/")
    def document():
        return DOCUMENT

    return Page(app)


def make_params(flask):
    app = flask.Flask(__name__)

    @app.route("/users/<int:user_id>/posts/<slug>")
    def post(user_id, slug):
        return f"{user_id} {slug} {flask.request.args.get('page', 1, type=int)}"

    return Page(app, environ("/users/5/posts/a-long-story", "page=2"))


def make_routes(flask, path):
    app = flask.Flask(__name__)
    for n in range(250):
        app.add_url_rule(f"/res{n}", f"list{n}", lambda n=n: f"list {n}")
        app.add_url_rule(f"/res{n}/<int:id>", f"show{n}", lambda id, n=n: f"show {n} {id}")
        app.add_url_rule(f"/res{n}/<int:id>/edit", f"edit{n}", lambda id, n=n: f"edit {n} {id}")
        app.add_url_rule(f"/res{n}/<int:id>/items/<name>", f"item{n}", lambda id, name, n=n: f"item {n} {id} {name}")
    return Page(app, environ(path))


def make_routes_static(flask):
    return make_routes(flask, "/res125")


def make_routes_middle(flask):
    return make_routes(flask, "/res125/7/items/x")


def make_routes_last(flask):
    return make_routes(flask, "/res249/7/items/x")


def make_routes_404(flask):
    return make_routes(flask, "/res249/7/nothing/here")


def make_session(flask):
    app = flask.Flask(__name__)
    app.secret_key = "a secret key of some length"

    @app.route("/")
    def visit():
        flask.session["visits"] = flask.session.get("visits", 0) + 1
        return f"visit {flask.session['visits']}"

    return Page(app, before=environ())


def make_form(flask):
    app = flask.Flask(__name__)

    @app.route("/", methods=["POST"])
    def form():
        form = flask.request.form
        return f"{len(form)} {sum(len(form[name]) for name in form)}"

    return Page(app, environ(method="POST", body=FORM, content_type="application/x-www-form-urlencoded"))


def make_multipart(flask, size=1 << 20):
    app = flask.Flask(__name__)

    @app.route("/upload", methods=["POST"])
    def upload():
        stream = flask.request.files["file"].stream
        return f"{len(flask.request.form)} {stream.seek(0, 2)}"

    return Page(app, multipart(size))


def make_multipart_32(flask):
    return make_multipart(flask, 32 << 20)


def make_template(flask):
    app = flask.Flask(__name__)

    @app.route("/")
    def items():
        return flask.render_template("page.html", items=ITEMS)

    @app.route("/item/<int:id>")
    def item(id):
        return str(id)

    return Page(app)


def make_bigtable(flask):
    template = flask.jinja.Environment(autoescape=True).from_string(BIGTABLE)
    return Call(lambda: template.render(table=TABLE))


def make_full(flask):
    app = flask.Flask(__name__)
    app.secret_key = "a secret key of some length"
    seen = []

    @app.before_request
    def before():
        flask.g.user = flask.session.get("user", "nobody")

    @app.after_request
    def after(response):
        response.headers["X-After"] = "after"
        return response

    @app.teardown_request
    def teardown(exc):
        seen.clear()

    flask.request_finished.connect(lambda sender, response: seen.append(response), app, weak=False)

    @app.route("/login")
    def login():
        flask.session["user"] = "Ada <3"
        return ""

    @app.route("/")
    def full():
        return flask.render_template("full.html", word="after")

    return Page(app, before=environ("/login"))


def make_static(flask, **before):
    folder = tempfile.mkdtemp()
    pathlib.Path(folder, "styles.css").write_bytes(STYLES)
    app = flask.Flask(__name__, static_folder=folder, static_url_path="/static")
    return Page(app, environ("/static/styles.css"), **before)


def make_static_304(flask):
    return make_static(flask, before=environ("/static/styles.css"))


def make_url_for(flask):
    app = flask.Flask(__name__)
    app.add_url_rule("/item/<int:id>", "item", lambda id: str(id))
    app.test_request_context("/").push()
    return Call(lambda: flask.url_for("item", id=7))


def make_sign(flask):
    app = flask.Flask(__name__)
    app.secret_key = "a secret key of some length"
    serializer = app.session_interface.get_signing_serializer(app)
    return Call(lambda: serializer.loads(serializer.dumps(PAYLOAD)))


def make_json_100k(flask):
    app = flask.Flask(__name__)

    @app.route("/")
    def document():
        return BIG

    return Page(app)
