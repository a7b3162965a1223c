"""The workloads for Bottle, each as its documentation would have it."""

from __future__ import annotations

import json
import pathlib
import tempfile

import bottle

from .requests import FORM, Call, Page, environ, multipart
from .rows import BIG, DOCUMENT, ITEMS, STYLES, TABLE

KEY = "a secret key of some length"
BIGTABLE = """<table>
% for row in table:
<tr>
% for cell in row.values():
<td>{{cell}}</td>
% end
</tr>
% end
</table>"""


def workload(package, row):
    """Return a workload, or None for what Bottle has not."""
    bottle.TEMPLATE_PATH[:] = [str(pathlib.Path(__file__).parent / "templates")]
    make = globals().get(f"make_{row.replace('-', '_')}")
    return make and make()


def make_hello():
    app = bottle.Bottle()
    app.route("/", callback=lambda: "Hello, World!")
    return Page(app)


def make_json():
    app = bottle.Bottle()
    app.route("/", callback=lambda: DOCUMENT)
    return Page(app)


def make_params():
    app = bottle.Bottle()

    @app.route("/users/<user_id:int>/posts/<slug>")
    def post(user_id, slug):
        return f"{user_id} {slug} {bottle.request.query.get('page', 1, type=int)}"

    return Page(app, environ("/users/5/posts/a-long-story", "page=2"))


def make_routes(path):
    app = bottle.Bottle()
    for n in range(250):
        app.route(f"/res{n}", callback=lambda n=n: f"list {n}")
        app.route(f"/res{n}/<id:int>", callback=lambda id, n=n: f"show {n} {id}")
        app.route(f"/res{n}/<id:int>/edit", callback=lambda id, n=n: f"edit {n} {id}")
        app.route(f"/res{n}/<id:int>/items/<name>", callback=lambda id, name, n=n: f"item {n} {id} {name}")
    return Page(app, environ(path))


def make_routes_static():
    return make_routes("/res125")


def make_routes_middle():
    return make_routes("/res125/7/items/x")


def make_routes_last():
    return make_routes("/res249/7/items/x")


def make_routes_404():
    return make_routes("/res249/7/nothing/here")


def make_session():
    app = bottle.Bottle()

    @app.route("/")
    def visit():
        session = json.loads(bottle.request.get_cookie("session", "{}", secret=KEY))
        session["visits"] = session.get("visits", 0) + 1
        bottle.response.set_cookie("session", json.dumps(session), secret=KEY, httponly=True)
        return f"visit {session['visits']}"

    return Page(app, before=environ())


def make_form():
    app = bottle.Bottle()

    @app.post("/")
    def form():
        form = bottle.request.forms.decode()
        return f"{len(form)} {sum(len(form[name]) for name in form)}"

    return Page(app, environ(method="POST", body=FORM, content_type="application/x-www-form-urlencoded"))


def make_multipart(size=1 << 20):
    app = bottle.Bottle()
    bottle.BaseRequest.MEMFILE_MAX = 64 << 20  # its limit for all parts together; larger ones are refused

    @app.post("/upload")
    def upload():
        return f"{len(bottle.request.forms)} {bottle.request.files['file'].file.seek(0, 2)}"

    return Page(app, multipart(size))


def make_multipart_32():
    return make_multipart(32 << 20)


def make_template():
    app = bottle.Bottle()
    app.route("/item/<id:int>", name="item", callback=lambda id: str(id))
    app.route("/", callback=lambda: bottle.template("page", items=ITEMS, get_url=app.get_url))
    return Page(app)


def make_bigtable():
    template = bottle.SimpleTemplate(BIGTABLE)
    return Call(lambda: template.render(table=TABLE))


def make_full():
    app = bottle.Bottle()

    @app.hook("before_request")
    def before():
        bottle.request.environ["user"] = bottle.request.get_cookie("user", "nobody", secret=KEY)

    @app.hook("after_request")
    def after():
        bottle.response.headers["X-After"] = "after"

    app.route("/login", callback=lambda: bottle.response.set_cookie("user", "Ada <3", secret=KEY) or "")
    app.route("/", callback=lambda: bottle.template("full", user=bottle.request.environ["user"], word="after"))
    return Page(app, before=environ("/login"))


def make_static(**before):
    folder = tempfile.mkdtemp()
    pathlib.Path(folder, "styles.css").write_bytes(STYLES)
    app = bottle.Bottle()
    app.route("/static/<name:path>", callback=lambda name: bottle.static_file(name, root=folder))
    return Page(app, environ("/static/styles.css"), **before)


def make_static_304():
    return make_static(before=environ("/static/styles.css"))


def make_url_for():
    app = bottle.Bottle()
    app.route("/item/<id:int>", name="item", callback=lambda id: str(id))
    return Call(lambda: app.get_url("item", id=7))


def make_json_100k():
    app = bottle.Bottle()

    @app.route("/")
    def document():
        bottle.response.content_type = "application/json"
        return json.dumps(BIG)

    return Page(app)
