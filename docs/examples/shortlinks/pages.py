"""The pages for people: sign in, shorten, follow, watch the log."""

from __future__ import annotations

import functools
import secrets

from minflask import (
    Blueprint, abort, current_app, flash, g, redirect, render_template, request, session, stream_with_context, url_for,
)

from . import database

bp = Blueprint("pages", __name__)


@bp.before_app_request
def load_user():
    g.user = database.user(session["user"]) if "user" in session else None


@bp.before_request
def check_form():
    """Refuse a form that does not come from our own pages: it must hold the session's token."""
    if request.method == "POST" and request.form.get("token") != session.get("token", secrets.token_hex()):
        abort(400, "This form is too old. Go back, reload the page and send it again.")


@bp.app_context_processor
def form_token():
    def token():
        if "token" not in session:
            session["token"] = secrets.token_hex()
        return session["token"]
    return {"form_token": token}


def signed_in(view):
    @functools.wraps(view)
    def checked(*args, **kwargs):
        if g.user is None:
            flash("Sign in first.", "error")
            return redirect(url_for("pages.sign_in", next=request.full_path.rstrip("?")))
        return view(*args, **kwargs)
    return checked


@bp.route("/")
def index():
    links = database.links_of(g.user["id"]) if g.user else []
    return render_template("index.html", links=links)


@bp.route("/sign-up", methods=["GET", "POST"])
def sign_up():
    if request.method == "POST":
        name, password = request.form["name"].strip(), request.form["password"]
        if not name or len(password) < 8:
            flash("A name is needed, and a password of eight characters or more.", "error")
        elif (number := database.add_user(name, password)) is None:
            flash(f"The name {name} is taken.", "error")
        else:
            session["user"] = number
            flash(f"Welcome, {name}.")
            return redirect(url_for(".index"))
    return render_template("sign.html", title="Sign up")


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    if request.method == "POST":
        user = database.user_with_password(request.form["name"].strip(), request.form["password"])
        if user:
            session["user"] = user["id"]
            flash(f"Hello again, {user['name']}.")
            target = request.args.get("next", "")
            is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
            return redirect(target if is_own else url_for(".index"))
        flash("No user has this name and password.", "error")
    return render_template("sign.html", title="Sign in")


@bp.post("/sign-out")
def sign_out():
    session.clear()
    return redirect(url_for(".index"))


@bp.post("/links")
@signed_in
def add():
    url = request.form["url"].strip()
    if database.is_web_url(url):
        link = database.add_link(url, g.user["id"])
        flash(f"{url_for('.follow', code=link['code'], _external=True)} leads there now.")
    else:
        flash("That is not the address of a page on the web.", "error")
    return redirect(url_for(".index"), 303)


@bp.post("/links/<code>/remove")
@signed_in
def remove(code):
    if database.link(code)["owner"] != g.user["id"]:
        abort(403, "This link belongs to somebody else.")
    database.remove_link(code)
    flash("The link is gone.")
    return redirect(url_for(".index"), 303)


@bp.route("/<code>")
def follow(code):
    link = database.link(code)
    database.add_visit(code, request.referrer)
    current_app.logger.info("%s was followed", code)
    return redirect(link["url"])


@bp.route("/log")
@signed_in
def log():
    """Stream the visits as text, oldest first, as they are read from the database."""
    @stream_with_context
    def lines():
        number = 0
        while batch := database.visits_after(number):
            for visit in batch:
                yield f"{visit['at']}  {visit['code']}  {visit['url']}\n"
            number = batch[-1]["id"]
    return lines(), {"Content-Type": "text/plain; charset=utf-8"}
