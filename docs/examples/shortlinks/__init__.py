"""A URL shortener: sign in, shorten a URL, follow it, see how often it was used.

    python3 -m minflask --app docs/examples/shortlinks run

What it shows: an application factory, a blueprint for people and one for
programs, a database file, signed-in sessions, flashed messages, error pages, a
streamed log. The database and the secret key lie in the instance folder, or where
the environment says: SHORTLINKS_DATABASE=/var/lib/shortlinks.sqlite.
"""

from __future__ import annotations

import contextlib
import os
import secrets

from minflask import Flask, json, render_template, request

from . import api, database, pages


def create_app(config=None):
    """Make the application; `config` replaces settings, as tests do."""
    app = Flask(__name__)
    app.config.from_mapping(DATABASE=os.path.join(app.instance_path, "shortlinks.sqlite"),
                            SESSION_COOKIE_SAMESITE="Lax")
    app.config.from_prefixed_env("SHORTLINKS")
    app.config.from_mapping(config or {})
    make_folder(os.path.dirname(os.path.abspath(app.config["DATABASE"])))
    if not app.secret_key:
        app.secret_key = kept_secret(app.config["DATABASE"] + ".key")
    database.init_app(app)
    app.register_blueprint(pages.bp)
    app.register_blueprint(api.bp)
    for code in (400, 403, 404, 405, 500):
        app.register_error_handler(code, show_error)
    return app


def make_folder(path):
    """Make the folder of the database; say what to do where that cannot be."""
    with contextlib.suppress(OSError):
        os.makedirs(path, exist_ok=True)
    if not os.access(path, os.W_OK):
        raise SystemExit(f"The database is to lie in {path!r}, where this user may not write."
                         " Say where else: SHORTLINKS_DATABASE=/var/lib/shortlinks.sqlite")


def kept_secret(path):
    """Return the key that signs the sessions: made once, and kept beside the database for its owner alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        with open(path, encoding="ascii") as file:
            return file.read()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_hex(32)
        file.write(key)
    return key


def show_error(error):
    """Answer an error as its reader expects it: a page for people, JSON for programs."""
    response = error.get_response()
    if request.path.startswith("/api/"):
        response.data = json.dumps({"error": error.name, "description": error.description})
        response.mimetype = "application/json"
    else:
        response.data = render_template("error.html", error=error)
    return response
