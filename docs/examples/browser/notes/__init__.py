"""A notebook that runs in the browser that shows it: sign in, write, add a picture, reload.

Nothing in it is made for the browser: it runs on a server too, by

    python3 -m minflask --app docs/examples/browser/notes run

What it keeps lies in the instance folder; `worker.js` lets that outlive a reload. How to
run it in a browser stands in `serve.py` beside it.
"""

from __future__ import annotations

import json
import os
import secrets

from minflask import (
    Flask, abort, flash, redirect, render_template, request, send_from_directory, session, url_for,
)
from minflask.security import secure_filename

PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}


def create_app(config=None):
    """Make the application; `config` replaces settings, as tests do."""
    app = Flask(__name__)
    app.config.from_mapping(FOLDER=app.instance_path, MAX_CONTENT_LENGTH=10 << 20, SESSION_COOKIE_SAMESITE="Lax")
    app.config.from_mapping(config or {})
    notes = Notes(app.config["FOLDER"])
    app.secret_key = notes.kept_secret()

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
        return render_template("index.html", notes=notes.all())

    @app.get("/about")
    def about():
        return render_template("about.html")

    @app.post("/sign-in")
    def sign_in():
        session["name"] = request.form["name"].strip() or abort(400, "A name is needed.")
        flash(f"Hello, {session['name']}.")
        return redirect(url_for("index"), 303)

    @app.post("/sign-out")
    def sign_out():
        session.clear()
        return redirect(url_for("index"), 303)

    @app.post("/notes")
    def add():
        if "name" not in session:
            abort(403, "Sign in first.")
        notes.add(session["name"], request.form["text"], request.files.get("picture"))
        flash("Your note is kept in this browser.")
        return redirect(url_for("index"), 303)

    @app.get("/pictures/<name>")
    def picture(name):
        return send_from_directory(notes.pictures, name)

    for code in (400, 403, 404, 405, 413, 500):
        app.register_error_handler(code, lambda error: (render_template("error.html", error=error), error.code))
    return app


class Notes:
    """The notes, each a line of JSON in one file, and the pictures beside it."""

    def __init__(self, folder):
        self.folder, self.pictures = folder, os.path.join(folder, "pictures")
        os.makedirs(self.pictures, exist_ok=True)
        self.path = os.path.join(folder, "notes.jsonl")

    def kept_secret(self):
        """Return the key that signs the sessions, made once."""
        path = os.path.join(self.folder, "secret")
        if not os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                file.write(secrets.token_hex())
        with open(path, encoding="ascii") as file:
            return file.read()

    def add(self, name, text, upload=None):
        """Keep a note, and its picture if there is one."""
        picture = None
        if upload:
            extension = os.path.splitext(secure_filename(upload.filename))[1].lower()
            if extension not in PICTURES:
                abort(400, "That is no picture which browsers show.")
            picture = secrets.token_hex(8) + extension
            upload.save(os.path.join(self.pictures, picture))
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "text": text, "picture": picture}) + "\n")

    def all(self):
        """Return all notes, the newest first."""
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(line) for line in file][::-1]
