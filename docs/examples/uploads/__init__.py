"""A shelf for files: upload them with progress, look at pictures, play sound and film, download.

    python3 -m minflask --app docs/examples/uploads run

What it shows: forms with files, limits and their error page, one view for browsers with and
without scripts, names that are safe, files of strangers served without harm, ranges for players.
The files lie in the instance folder, or where the environment says: UPLOADS_FOLDER=/srv/files.
"""

from __future__ import annotations

import os
import secrets

from minflask import (
    Flask, abort, flash, redirect, render_template, request, send_from_directory, session, url_for,
)

from .store import Store


def create_app(config=None):
    """Make the application; `config` replaces settings, as tests do."""
    app = Flask(__name__)
    app.config.from_mapping(
        FOLDER=os.path.join(app.instance_path, "uploads"),
        SECRET_KEY=secrets.token_hex(),  # sessions live as long as the process: they hold messages and a form token
        MAX_CONTENT_LENGTH=1 << 30,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.config.from_prefixed_env("UPLOADS")
    app.config.from_mapping(config or {})
    store = Store(app.config["FOLDER"])

    @app.before_request
    def check_form():
        """Refuse a form that does not come from our own pages: it must hold the session's token."""
        if request.method == "POST" and request.form.get("token") != session.get("token", secrets.token_hex()):
            abort(400, "This form is too old. Go back, reload the page and send it again.")

    @app.context_processor
    def form_token():
        return {"form_token": lambda: session.setdefault("token", secrets.token_hex())}

    @app.get("/")
    def index():
        return render_template("index.html", files=store.all(), limit=app.config["MAX_CONTENT_LENGTH"])

    @app.post("/")
    def upload():
        chosen = [file for file in request.files.getlist("file") if file]
        if not chosen:
            abort(400, "No file was chosen.")
        names = [store.add(file) for file in chosen]
        flash(f"Stored {', '.join(names)}.")
        if wants_json():
            return {"names": names, "next": url_for("index")}, 201
        return redirect(url_for("index"), 303)

    @app.get("/view/<name>")
    def view(name):
        return render_template("view.html", file=store.find(name) or abort(404))

    @app.get("/files/<name>")
    def download(name):
        file = store.find(name) or abort(404)
        response = send_from_directory(
            store.folder, file.name, mimetype=file.mimetype, as_attachment=not file.kind or "download" in request.args)
        # A page that somebody uploaded must not run as one of ours.
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    @app.post("/remove/<name>")
    def remove(name):
        file = store.find(name) or abort(404)
        store.remove(file)
        flash(f"Removed {file.name}.")
        return redirect(url_for("index"), 303)

    for code in (400, 404, 413):
        app.register_error_handler(code, show_error)
    return app


def wants_json():
    """Tell the page's script, which asks for JSON, from a browser that sends the form itself."""
    return request.accept_mimetypes.best == "application/json"


def show_error(error):
    """Answer an error as its reader expects it: a page for people, JSON for the script."""
    if wants_json():
        return {"error": error.description}, error.code
    return render_template("error.html", error=error), error.code
