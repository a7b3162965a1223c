"""The cases of chapter 12: parts of an application, written without it, and registered once or several times."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(12, "Blueprints", wants={
    "App": "App(), with @route(path, endpoint=None), @before, register(blueprint, prefix=None, name=None), "
           "handle(path) -> text or '404', url_for(endpoint) -> path",
    "Blueprint": "Blueprint(name, prefix=''), with @route, @before, @before_app and register, as App has them",
})

DEFER = "Keep a list of functions of the registration, and call them when the part is registered."
NAMES = "Put the name of the part and a dot before each endpoint, when it is registered."
BY_NAME = "Keep hooks by the name of the part, and take the names from the endpoint, not from the path."


def part(code: Any, name: str = "notes", prefix: str = "/notes") -> Any:
    """Return a blueprint with a page, whose text is its name."""
    made = code.Blueprint(name, prefix)
    made.route("/", "index")(lambda: name)
    return made


@CHAPTER.case("12.a", "a part's page is there under its prefix, and not before it is registered", hint=DEFER)
def registered(code: Any) -> None:
    app, notes = code.App(), part(code)
    expect(app.handle("/notes/"), "404", "before")
    app.register(notes)
    expect((app.handle("/notes/"), app.handle("/")), ("notes", "404"))


@CHAPTER.case("12.b", "two parts may have an endpoint of one name", hint=NAMES)
def endpoints(code: Any) -> None:
    app = code.App()
    app.register(part(code))
    app.register(part(code, "admin", "/admin"))
    expect((app.url_for("notes.index"), app.url_for("admin.index")), ("/notes/", "/admin/"))


@CHAPTER.case("12.c", "an endpoint that is taken is refused", hint="Two views under one name: raise ValueError.")
def taken_endpoint(code: Any) -> None:
    app = code.App()
    app.route("/", "index")(lambda: "one")
    expect_error(ValueError, app.route("/other", "index"), lambda: "two")


@CHAPTER.case("12.d", "prefix and path are joined by one slash", hint="Strip the slashes where they meet.")
def slashes(code: Any) -> None:
    for prefix, wanted in (("/notes/", "/notes/"), ("/", "/"), ("", "/")):
        app = code.App()
        app.register(part(code, prefix=prefix))
        expect(app.handle(wanted), "notes", f"prefix {prefix!r}, path {wanted!r}")


@CHAPTER.case("12.e", "a hook of a part is for the views of this part, whatever the paths look like", hint=BY_NAME)
def own_hook(code: Any) -> None:
    app, admin = code.App(), part(code, "admin", "/admin")
    admin.before(lambda path: "403")
    app.register(admin)
    app.route("/administration", "team")(lambda: "team")
    app.route("/admin/help", "help")(lambda: "help")
    expect([app.handle(path) for path in ("/admin/", "/administration", "/admin/help")], ["403", "team", "help"])


@CHAPTER.case("12.f", "a hook for the application is for all, and is added once",
              hint="Do it at the first registration of the part only: tell the functions whether this is one.")
def app_hook(code: Any) -> None:
    app, notes = code.App(), part(code)
    seen: list[str] = []
    notes.before_app(seen.append)
    app.register(notes)
    app.register(notes, prefix="/more", name="more")
    app.route("/about", "about")(lambda: "about")
    expect((app.handle("/about"), seen), ("about", ["/about"]))


@CHAPTER.case("12.g", "a part registered twice is there twice, under two names", hint=DEFER)
def twice(code: Any) -> None:
    app, notes = code.App(), part(code)
    app.register(notes)
    app.register(notes, prefix="/drafts", name="drafts")
    expect((app.url_for("notes.index"), app.url_for("drafts.index"), app.handle("/drafts/")),
           ("/notes/", "/drafts/", "notes"))


@CHAPTER.case("12.h", "a name that is taken is refused", hint="Keep the parts by name; raise ValueError.")
def taken_name(code: Any) -> None:
    app = code.App()
    app.register(part(code))
    expect_error(ValueError, lambda: app.register(part(code, prefix="/other")))


@CHAPTER.case("12.i", "a name with a dot, or none, is refused", hint="Dots stand between names; raise ValueError.")
def dotted(code: Any) -> None:
    for name in ("a.b", ""):
        expect_error(ValueError, code.Blueprint, name)


def nested(code: Any) -> tuple[Any, Any, Any]:
    """Return an application with a part in a part, and both parts."""
    app, admin, users = code.App(), part(code, "admin", "/admin"), part(code, "users", "/users")
    admin.register(users)
    return app, admin, users


@CHAPTER.case("12.j", "parts nest: names and prefixes are put together",
              hint="To nest is to record: register the inner one with the state of the outer.")
def nests(code: Any) -> None:
    app, admin, users = nested(code)
    users.route("/new", "form")(lambda: "form")
    app.register(admin)
    expect((app.url_for("admin.users.form"), app.handle("/admin/users/new")), ("/admin/users/new", "form"))


@CHAPTER.case("12.k", "in a nested part the hooks of the outer run first, and those of the inner for it alone",
              hint=BY_NAME)
def nested_hooks(code: Any) -> None:
    app, admin, users = nested(code)
    seen: list[str] = []
    admin.before(lambda path: seen.append("admin"))
    users.before(lambda path: seen.append("users"))
    app.before(lambda path: seen.append("app"))
    app.register(admin)
    app.handle("/admin/users/")
    expect(seen, ["app", "admin", "users"])
    app.handle("/admin/")
    expect(seen[3:], ["app", "admin"])


@CHAPTER.case("12.l", "what comes after the registration is refused, not lost",
              hint="Remember that it was registered; raise AssertionError where something is recorded.")
def too_late(code: Any) -> None:
    notes = part(code)
    code.App().register(notes)
    expect_error(AssertionError, lambda: notes.route("/late", "late")(lambda: "late"))


@CHAPTER.case("12.m", "one part serves two applications", hint="Nothing of an application is kept in the part.")
def two_apps(code: Any) -> None:
    apps, notes = [code.App(), code.App()], part(code)
    for app in apps:
        app.register(notes)
    expect([app.handle("/notes/") for app in apps], ["notes", "notes"])
