"""The JSON API for programs: `POST /api/links` and `GET /api/links/<code>`.

A program signs in with each request, by HTTP's basic authentication.
"""

from __future__ import annotations

from minflask import Blueprint, abort, g, request, url_for

from . import database

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.before_request
def sign_in():
    given = request.authorization
    is_basic = given is not None and given.type == "basic"
    g.user = database.user_with_password(given.username, given.password) if is_basic else None
    if g.user is None and request.method != "GET":
        return {"error": "Unauthorized"}, 401, {"WWW-Authenticate": 'Basic realm="shortlinks"'}


def as_json(link):
    short = url_for("pages.follow", code=link["code"], _external=True)
    return {"code": link["code"], "short": short, "url": link["url"], "visits": link["visits"]}


@bp.post("/links")
def add():
    given = request.get_json()
    url = given.get("url") if isinstance(given, dict) else None
    if not isinstance(url, str) or not database.is_web_url(url):
        abort(400, "Send an object with a web address: {\"url\": \"https://...\"}.")
    return as_json(database.add_link(url, g.user["id"])), 201


@bp.get("/links/<code>")
def show(code):
    return as_json(database.link(code))
