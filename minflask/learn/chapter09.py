"""The cases of chapter 9: which rule a path leads to, what is no path of ours, and URLs built from rules."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(9, "Routing", wants={
    "Router": "Router(), with add(rule, endpoint, methods=('GET',)), match(method, path, query='') -> (endpoint, "
              "values) and build(endpoint, **values) -> path",
    "NotFound": "an exception: no rule fits the path",
    "MethodNotAllowed": "an exception: rules fit the path, not the method; its argument lists those that would do",
    "Redirect": "an exception: its argument is the path to ask for instead",
})

RULES = (
    ("/notes/<name>", "by name", ("GET",)), ("/notes/<float:size>", "by size", ("GET",)),
    ("/notes/<int:number>", "by number", ("GET",)), ("/notes/new", "form", ("GET",)),
    ("/admin/users", "users", ("GET",)), ("/<user>/edit", "edit", ("GET",)), ("/robots.txt", "robots", ("GET",)),
    ("/notes", "list", ("GET",)), ("/notes", "add", ("POST",)), ("/about/", "about", ("GET",)),
    ("/", "index", ("GET",)), ("/old/<int:year>", "old", ("GET",)), ("/new/<float:price>", "price", ("GET",)),
)

STATIC = "At each segment, look for the text first, and for variables only then."
LIGHT = "Give each converter a weight, and try the light ones first."
ASCII = "Write [0-9] with a greatest length, and match the whole segment."

# id, claim, hint, method, path -> endpoint and values; None for a path that has no rule
MATCHES: tuple[tuple[str, str, str, str, str, Any], ...] = (
    ("09.a", "static text leads to its endpoint", "Start with a dict.", "GET", "/", ("index", {})),
    ("09.b", "an int arrives as an int", "Convert the texts once the whole path has matched; " + LIGHT[0].lower()
     + LIGHT[1:], "GET", "/notes/7", ("by number", {"number": 7})),
    ("09.c", "static text wins, whatever was added first", STATIC, "GET", "/notes/new", ("form", {})),
    ("09.d", "an int is tried before a string", LIGHT, "GET", "/notes/007", ("by number", {"number": 7})),
    ("09.e", "a way that ends without a rule is left again",
     "When the static child finds nothing, go on with the variables.", "GET", "/admin/edit",
     ("edit", {"user": "admin"})),
    ("09.f", "a dot in a rule is a dot", "Compare static text as text, or use re.escape.", "GET", "/robotsxtxt", None),
    ("09.g", "HEAD goes where GET goes", "Add HEAD to the methods where there is GET.", "HEAD", "/notes/7",
     ("by number", {"number": 7})),
    ("09.h", "one path, two methods, two endpoints", "Ask for the method where the path ends.", "POST", "/notes",
     ("add", {})),
    ("09.i", "a newline at the end is part of the path", "Use fullmatch: `$` also matches before a last newline.",
     "GET", "/robots.txt\n", None),
    ("X93", "a float is digits, a dot and digits", ASCII, "GET", "/new/nan", None),
    ("X90", "5000 digits are no number", ASCII, "GET", "/old/" + "1" * 5000, None),
    ("X91", "digits of other scripts are no number here", ASCII, "GET", "/old/\u0661", None),
    ("X92", "neither are +1 and 1_0", ASCII, "GET", "/old/1_0", None),
    ("X94", "a string holds no slash", "Match a segment with [^/]+, or cut the path at its slashes first.", "GET",
     "/notes/a/b", None),
)


def router(code: Any) -> Any:
    """Return the reader's router with the rules of this chapter."""
    made = code.Router()
    for rule, endpoint, methods in RULES:
        made.add(rule, endpoint, methods)
    return made


def _add_match(id: str, claim: str, hint: str, method: str, path: str, wanted: Any) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def matches(code: Any) -> None:
        if wanted is None:
            expect_error(code.NotFound, router(code).match, method, path)
        else:
            expect(router(code).match(method, path), wanted)


for row in MATCHES:
    _add_match(*row)


def _argument(kind: Any, call: Any, *args: Any) -> Any:
    """Return the argument of the exception that the call raises."""
    try:
        call(*args)
    except kind as error:
        return error.args[0]
    return expect_error(kind, call, *args)


@CHAPTER.case("X97", "an unknown method on a known path is 405, with the methods that would do",
              hint="Collect the methods of the rules that fit the path: they tell a 405 from a 404.")
def unknown_method(code: Any) -> None:
    expect(sorted(_argument(code.MethodNotAllowed, router(code).match, "DELETE", "/notes")), ["GET", "HEAD", "POST"])


@CHAPTER.case("09.j", "a path without its slash is sent to the one with it",
              hint="When nothing fits, try the path with a slash more.")
def missing_slash(code: Any) -> None:
    expect(_argument(code.Redirect, router(code).match, "GET", "/about"), "/about/")


@CHAPTER.case("X85", "a slash redirect never leads to another host",
              hint="Make the slashes in front one, before anything else, and quote what you send.")
def own_host(code: Any) -> None:
    pages = code.Router()
    pages.add("/<page>/", "page")
    for path in ("//evil.example", "///evil.example", "/\\evil.example"):
        try:
            place = pages.match("GET", path)[0]
        except code.Redirect as error:
            place = error.args[0]
        except code.NotFound:
            continue
        expect((path, place[:2] in ("//", "/\\")), (path, False))


@CHAPTER.case("X86", "a slash redirect keeps the query", hint="Put '?' and the query behind the path, if there is one.")
def kept_query(code: Any) -> None:
    expect(_argument(code.Redirect, router(code).match, "GET", "/about", "a=%26b"), "/about/?a=%26b")


@CHAPTER.case("09.k", "a URL is the rule with its values filled in",
              hint="Walk the segments of the rule, and put the values where the variables are.")
def built(code: Any) -> None:
    expect(router(code).build("by number", number=7), "/notes/7")


@CHAPTER.case("09.l", "what is filled in is quoted", hint="urllib.parse.quote(text, safe='') does it.")
def quoted(code: Any) -> None:
    expect(router(code).build("by name", name="a ?"), "/notes/a%20%3F")


@CHAPTER.case("09.m", "a value that would not match builds nothing",
              hint="Ask the converter in both directions; raise ValueError.")
def unfit(code: Any) -> None:
    expect_error(ValueError, lambda: router(code).build("by number", number="new"))


@CHAPTER.case("09.n", "values without a variable make the query", hint="urllib.parse.urlencode writes what is left.")
def rest(code: Any) -> None:
    expect(router(code).build("list", page=2), "/notes?page=2")
