"""A user's typed application: `make types` checks it, so that minflask's own types serve its users."""

from __future__ import annotations

from minflask import Blueprint, Flask, Response, abort, g, jsonify, make_response, redirect, request, session, url_for
from minflask.typing import ResponseReturnValue

app = Flask(__name__)
bp = Blueprint("bp", __name__, url_prefix="/bp")


@app.route("/<name>")
def hello(name: str) -> str:
    return f"Hello, {name}! {request.args.get('greeting', '')}"


@app.before_request
def load() -> None:
    g.user = session.get("user")


@app.after_request
def stamp(response: Response) -> Response:
    response.headers["X-Stamp"] = "1"
    return response


@app.errorhandler(404)
def missing(error: Exception) -> ResponseReturnValue:
    return jsonify(error=str(error)), 404


@bp.get("/")
def index() -> ResponseReturnValue:
    if not session:
        abort(401)
    response = make_response({"user": g.user}, 200)
    response.set_cookie("seen", "1", max_age=60)
    return response


@bp.post("/")
def post() -> ResponseReturnValue:
    return redirect(url_for(".index", page=request.form["page"]))


app.register_blueprint(bp)
