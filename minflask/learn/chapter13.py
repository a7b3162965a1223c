"""The cases of chapter 13: cookies that are read and written, signatures, and the session in one of them."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CHAPTER = Chapter(13, "Cookies, signing, sessions", wants={
    "parse_cookie": "parse_cookie(header) -> dict; of two cookies with one name, the first",
    "dump_cookie": "dump_cookie(name, value, path='/') -> the value of Set-Cookie, or ValueError",
    "BadSignature": "an exception: not signed here, changed, or too old",
    "Signer": "Signer(keys, salt, clock=time.time), the newest key last; with sign(text) -> str "
              "and unsign(signed, max_age=None) -> text",
    "dumps": "dumps(value) -> a text with the value, its tuples and bytes too, in the alphabet of cookies",
    "loads": "loads(text) -> the value",
    "Visit": "Visit(keys, cookie_header), with the dict session and headers() -> list of (name, value)",
})

SPLIT = "Split at semicolons alone, then at the first '='; strip spaces and tabs."
REFUSE = "Match name, value and path as a whole against what may stand in them."
KEY = "Derive a key for each salt with HMAC; then no text can be moved between salt and value."
OPEN = "Note that somebody asked for the session, whatever they do with it: a property sees it all."

# id, claim, hint, header -> cookies
READ = (
    ("X60", "two cookies", "a=1; b=2", {"a": "1", "b": "2"}),
    ("X61", "a cookie without a name is left out", "=a=b; c=1", {"c": "1"}),
    ("X62", "one without an equals sign is empty", "abc; d=1", {"abc": "", "d": "1"}),
    ("X65", "a quote that is not closed swallows nothing", 'a="x; b=2', {"a": '"x', "b": "2"}),
    ("X69", "of two with one name the first counts", "a=1; a=2", {"a": "1"}),
    ("13.a", "a value may hold equals signs, and spaces around it go", "a = b=c== ;b=1", {"a": "b=c==", "b": "1"}),
)


def _add_read(ident: str, claim: str, header: str, wanted: dict[str, str]) -> None:
    @CHAPTER.case(ident, claim, hint=SPLIT)
    def reads(code: Any) -> None:
        expect(dict(code.parse_cookie(header)), wanted)


for row in READ:
    _add_read(*row)


@CHAPTER.case("X68", "of 5000 cookies only the first thousand are read", hint="Give split() a greatest number.")
def many(code: Any) -> None:
    expect(len(code.parse_cookie("; ".join(f"a{number}=1" for number in range(5000)))), 1000)


def _add_refusal(ident: str, claim: str, *call: str) -> None:
    @CHAPTER.case(ident, claim, hint=REFUSE)
    def refuses(code: Any) -> None:
        expect_error(ValueError, code.dump_cookie, *call)


_add_refusal("X87", "a value with a line end or a semicolon is refused", "a", "x\r\ny;z")
_add_refusal("X88", "a path with a semicolon is refused", "a", "x", "/; Domain=evil.example")
_add_refusal("X89", "a name with a space is refused", "a b", "x")


def _signer(code: Any, keys: str = "old new", salt: str = "note", now: int = 1000) -> Any:
    return code.Signer(keys.split(), salt, lambda: now)


@CHAPTER.case("13.b", "what was signed is read again, dots and all", hint="Split from the right.")
def signed(code: Any) -> None:
    expect(_signer(code).unsign(_signer(code).sign("a.b\xe9.")), "a.b\xe9.")


@CHAPTER.case("13.c", "a changed text, signature or time is refused, and so is rubbish",
              hint="Sign the text and the time together; look at the signature before anything else.")
def changed(code: Any) -> None:
    text = _signer(code).sign("ada")
    for wrong in ("bob" + text[3:], text[:-2] + "xx", text.replace("1000", "1001"), "", "rubbish", "a.b.c", "\xe9."):
        expect_error(code.BadSignature, _signer(code).unsign, wrong)


@CHAPTER.case("13.d", "what was signed for one purpose is no good for another", hint=KEY)
def purposes(code: Any) -> None:
    expect_error(code.BadSignature, _signer(code, salt="vote").unsign, _signer(code).sign("ada"))


@CHAPTER.case("13.e", "nothing can be moved between salt and text", hint=KEY)
def moved(code: Any) -> None:
    text = _signer(code, salt="name").sign("-of-the-adminyes")
    expect_error(code.BadSignature, _signer(code, salt="name-of-the-admin").unsign, text[len("-of-the-admin"):])


@CHAPTER.case("13.f", "an old key still reads, and only the newest signs",
              hint="keys[-1] signs; reading tries all. Whoever has an old key must not be helped to new signatures.")
def rotation(code: Any) -> None:
    expect(_signer(code).unsign(_signer(code, "old").sign("ada")), "ada")
    expect(_signer(code, "new").unsign(_signer(code).sign("ada")), "ada")
    expect_error(code.BadSignature, _signer(code, "new").unsign, _signer(code, "old").sign("ada"))


@CHAPTER.case("13.g", "too old is refused, and so is what comes from the future",
              hint="An age is right between 0 and max_age; with a wrong clock or key it may be negative.")
def age(code: Any) -> None:
    text = _signer(code).sign("ada")
    expect(_signer(code, now=1060).unsign(text, 60), "ada")
    expect_error(code.BadSignature, _signer(code, now=1061).unsign, text, 60)
    expect_error(code.BadSignature, _signer(code, now=999).unsign, text, 60)


@CHAPTER.case("13.h", "tuples and bytes come back as what they were",
              hint="A dict with one key, the tag, stands for them.")
def types(code: Any) -> None:
    value: Any = {"seen": (1, [2, (b"\xff",)]), "name": "\xe9", "more": {"a": (), "b": None}}
    expect(code.loads(code.dumps(value)), value)


@CHAPTER.case("13.i", "a dict that looks like a tag comes back as a dict",
              hint="Write such a dict under a tag of its own.")
def looks_like_a_tag(code: Any) -> None:
    value: Any
    for value in ({" t": [1]}, {" b": "x"}, {" di": {" di": []}}, {"a": {" t": (1,)}}, {" x": 1}, {" t": 1, "b": 2}):
        expect(code.loads(code.dumps(value)), value)


@CHAPTER.case("13.j", "nothing but data is made of a text", hint="Never pickle: who has the key could run any code.")
def data_only(code: Any) -> None:
    expect_error(Exception, lambda: code.loads(code.dumps(print)))


def _cookie(code: Any, use: Callable[[Any], object]) -> str:
    """Return the Cookie header that comes back after a visit that used its session so."""
    visit = code.Visit(["key"], "")
    use(visit.session)
    [header] = [value for name, value in visit.headers() if name == "Set-Cookie"]
    return str(header.partition(";")[0])


def _names(visit: Any) -> list[str]:
    return sorted(name for name, value in visit.headers())


@CHAPTER.case("13.k", "what is put in comes back with the next request", hint="Visit.headers() sends it as Set-Cookie.")
def comes_back(code: Any) -> None:
    header = _cookie(code, lambda session: session.update(name="ada", seen=(1, 2)))
    expect(dict(code.Visit(["key"], f"x=1; {header}; y=2").session), {"name": "ada", "seen": (1, 2)})


@CHAPTER.case("X70", "a cookie of rubbish is an empty session", hint="Catch BadSignature, and begin anew.")
def rubbish(code: Any) -> None:
    for header in ("session=x", "session", "session=.x.y", "session=" + "a" * 65536, "other=1"):
        expect(dict(code.Visit(["key"], header).session), {}, header[:20])


@CHAPTER.case("X71", "so is one that another key signed", hint="Catch BadSignature, and begin anew.")
def forged(code: Any) -> None:
    expect(dict(code.Visit(["other"], _cookie(code, lambda session: session.update(name="ada"))).session), {})


@CHAPTER.case("X74", "a cookie above 4093 bytes gets a warning", hint="Browsers drop it without a word; warnings.warn.")
def too_large(code: Any) -> None:
    import warnings

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        _cookie(code, lambda session: session.update(text="a" * 5000))
    expect(len(seen), 1, "warnings")


LOOKS: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
    ("X75", "`in`", lambda session: "name" in session), ("X76", "len()", len), ("X77", "bool()", bool),
)


def _add_look(ident: str, what: str, look: Callable[[Any], object]) -> None:
    @CHAPTER.case(ident, f"a session that was only looked at, by {what}, sends Vary: Cookie and no cookie", hint=OPEN)
    def looks(code: Any) -> None:
        visit = code.Visit(["key"], _cookie(code, lambda session: session.update(name="ada")))
        look(visit.session)
        expect(visit.headers(), [("Vary", "Cookie")])


for look in LOOKS:
    _add_look(*look)


@CHAPTER.case("X78", "one that nobody touched sends nothing", hint=OPEN)
def untouched(code: Any) -> None:
    expect(code.Visit(["key"], _cookie(code, lambda session: session.update(name="ada"))).headers(), [])


@CHAPTER.case("13.l", "a change deep inside is seen", hint="Compare what you would write now with what you have read.")
def deep(code: Any) -> None:
    visit = code.Visit(["key"], _cookie(code, lambda session: session.update(notes=[])))
    visit.session["notes"].append("hello")
    expect(_names(visit), ["Set-Cookie", "Vary"])


@CHAPTER.case("13.m", "a session that was emptied takes its cookie away", hint="Send the cookie empty, with Max-Age=0.")
def emptied(code: Any) -> None:
    visit = code.Visit(["key"], _cookie(code, lambda session: session.update(name="ada")))
    visit.session.clear()
    expect([("Max-Age=0" in value, name) for name, value in visit.headers() if name == "Set-Cookie"],
           [(True, "Set-Cookie")])
