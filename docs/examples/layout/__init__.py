"""A reading list: what templates can do, on six pages that hold still.

    python3 -m minflask --app docs/examples/layout run

What it shows: a layout in two levels with blocks and `super`, includes, macros for forms, flashed messages,
own filters, tests and globals, a context processor, a blueprint with templates of its own, feeds and mail that
are not HTML, a page that is streamed. Nothing is stored: the books are in this file, so that every page is always
the same, and `expected/` holds what Flask makes of each.
"""

from __future__ import annotations

import datetime

from minflask import (
    Blueprint, Flask, Response, abort, flash, redirect, render_template, render_template_string, request,
    stream_template, url_for,
)

BOOKS = [
    {"id": 1, "title": "Middlemarch", "author": "George Eliot", "year": 1871, "pages": 904,
     "tags": ["novel", "england"], "notes": [
         {"by": "ann", "text": "Slow, then <em>very</em> good.", "answers": [
             {"by": "bo", "text": "Slow is the point.", "answers": []},
             {"by": "ann", "text": "It is & it isn't.", "answers": []}]}]},
    {"id": 2, "title": "Der Zauberberg", "author": "Thomas Mann", "year": 1924, "pages": 1002,
     "tags": ["novel", "davos"], "notes": []},
    {"id": 3, "title": "\"Quotes\" & <Tags>", "author": "O'Neil", "year": 1999, "pages": 12, "tags": [], "notes": [
         {"by": "<script>", "text": "See http://www.example.org/a?b=1&c=2, or ask me@example.org.", "answers": []}]},
    {"id": 4, "title": "Persuasion", "author": "Jane Austen", "year": 1817, "pages": 249,
     "tags": ["novel", "england"], "notes": []},
]
FIELDS = [
    {"name": "title", "label": "Title", "required": True, "max": 40},
    {"name": "stars", "label": "Stars", "type": "number", "required": True},
    {"name": "text", "label": "What do you think?", "type": "textarea"},
    {"name": "spoiler", "label": "It gives the end away", "type": "checkbox"},
]

shelf = Blueprint("shelf", __name__, url_prefix="/books", template_folder="shelf_templates")


def create_app():
    """Make the application."""
    app = Flask(__name__)
    app.secret_key = "only flashed messages depend on it"
    app.register_blueprint(shelf)
    app.add_url_rule("/", view_func=index)
    app.add_url_rule("/feed.xml", view_func=feed)
    app.add_url_rule("/mail.txt", view_func=mail)
    app.add_url_rule("/long", view_func=long)
    app.add_url_rule("/hello/<name>", view_func=hello)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = app.jinja_env.keep_trailing_newline = True

    @app.template_filter()
    def century(year):
        return f"{year // 100 + 1}th"

    @app.template_test("long")
    def is_long(book):
        return book["pages"] > 500

    @app.template_global()
    def shown_pages(count, page=1, size=2):
        return range(max(page - size, 1), min(page + size, count) + 1)

    @app.context_processor
    def site():
        return {"site": {"name": "Reading & Co.", "since": datetime.date(2020, 5, 17)}, "menu": [
            ("index", {}, "Books"), ("shelf.book", {"number": 1}, "Of the week"), ("long", {}, "All")]}

    return app


def index():
    order = request.args.get("order", "title")
    return render_template("index.html", books=BOOKS, order=order, page=request.args.get("page", 1, type=int))


@shelf.route("/<int:number>")
def book(number):
    return render_template("books/book.html", book=find(number))


@shelf.route("/<int:number>/review", methods=["GET", "POST"])
def review(number):
    errors = check(request.form) if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        flash(f"Thank you for “{request.form['title']}”.")
        flash("Reviews are read <before> they are shown.", "note")
        return redirect(url_for(".book", number=number))
    if errors:
        flash(f"Please mend {len(errors)} field(s).", "error")
    return render_template("books/review.html", book=find(number), fields=FIELDS, errors=errors), 422 if errors else 200


def feed():
    return Response(render_template("feed.xml", books=BOOKS), mimetype="application/atom+xml")


def mail():
    return Response(render_template("mail.txt", books=BOOKS), mimetype="text/plain")


def long():
    return stream_template("long.html", books=BOOKS)


def hello(name):
    return render_template_string("{% extends 'layout.html' %}{% block main %}<p>Hello {{ name }}!</p>{% endblock %}",
                                  name=name)


def find(number):
    """Return the book of a number; 404 where there is none."""
    for one in BOOKS:
        if one["id"] == number:
            return one
    return abort(404)


def check(form):
    """Return what is wrong with a review, by field."""
    errors = {}
    for field in FIELDS:
        value = form.get(field["name"], "").strip()
        if field.get("required") and not value:
            errors[field["name"]] = ["This is needed."]
        elif len(value) > field.get("max", 1000):
            errors[field["name"]] = [f"At most {field['max']} characters, please.", f"These are {len(value)}."]
    if "stars" not in errors and form.get("stars") not in {"1", "2", "3", "4", "5"}:
        errors["stars"] = ["One to five."]
    return errors
