"""The database: one SQLite file, one connection per request, opened on its first use."""

from __future__ import annotations

import secrets
import sqlite3

from minflask import abort, current_app, g
from minflask.security import check_password_hash, generate_password_hash

SCHEMA = """
CREATE TABLE IF NOT EXISTS user (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS link (
    code TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    owner INTEGER NOT NULL REFERENCES user (id),
    made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS visit (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL REFERENCES link (code),
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    referrer TEXT
);
"""


def init_app(app):
    """Make the tables, and close the connection at the end of each request."""
    app.teardown_appcontext(close)
    with app.app_context():
        connection().executescript(SCHEMA)


def connection():
    """Return this request's connection."""
    if "connection" not in g:
        g.connection = sqlite3.connect(current_app.config["DATABASE"], isolation_level=None)
        g.connection.row_factory = sqlite3.Row
    return g.connection


def close(error=None):
    opened = g.pop("connection", None)
    if opened is not None:
        opened.close()


def rows(sql, *values):
    return [dict(row) for row in connection().execute(sql, values)]


def row(sql, *values):
    found = rows(sql, *values)
    return found[0] if found else None


# People.

def add_user(name, password):
    """Add a user and return their number, or None where the name is taken."""
    try:
        cursor = connection().execute("INSERT INTO user (name, password) VALUES (?, ?)",
                                      (name, generate_password_hash(password)))
    except sqlite3.IntegrityError:
        return None
    return cursor.lastrowid


def user(number):
    return row("SELECT id, name FROM user WHERE id = ?", number)


def user_with_password(name, password):
    """Return the user whose name and password these are, or None."""
    found = row("SELECT id, name, password FROM user WHERE name = ?", name)
    return found if found and check_password_hash(found["password"], password) else None


# Links.

def is_web_url(url):
    return url.startswith(("http://", "https://")) and len(url) <= 2000 and url.isprintable() and " " not in url


def add_link(url, owner):
    """Store a URL under a code that was not used before, and return the link."""
    while True:
        code = secrets.token_urlsafe(5)
        try:
            connection().execute("INSERT INTO link (code, url, owner) VALUES (?, ?, ?)", (code, url, owner))
        except sqlite3.IntegrityError:
            continue
        return link(code)


def link(code):
    """Return a link with the number of its visits, or answer 404."""
    return row("SELECT *, (SELECT count(*) FROM visit WHERE visit.code = link.code) AS visits"
               " FROM link WHERE code = ?", code) or abort(404, "There is no link with this code.")


def links_of(owner):
    return rows("SELECT *, (SELECT count(*) FROM visit WHERE visit.code = link.code) AS visits"
                " FROM link WHERE owner = ? ORDER BY rowid DESC", owner)


def remove_link(code):
    connection().execute("DELETE FROM visit WHERE code = ?", (code,))
    connection().execute("DELETE FROM link WHERE code = ?", (code,))


def add_visit(code, referrer):
    connection().execute("INSERT INTO visit (code, referrer) VALUES (?, ?)", (code, referrer))


def visits_after(number, limit=100):
    """Yield the visits that came after a number, in order."""
    return rows("SELECT visit.id, at, visit.code, url FROM visit JOIN link USING (code)"
                " WHERE visit.id > ? ORDER BY visit.id LIMIT ?", number, limit)
