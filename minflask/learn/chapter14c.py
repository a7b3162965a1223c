"""The cases of chapter 14c: templates that share a frame, and templates of strangers."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CHAPTER = Chapter("14c", "Templates: frames and strangers", wants={
    "load": "load(folder, name) -> the source of a template; LookupError for what is not in the folder",
    "render": "render(find, name, values, sandbox=False) -> text; find(name) gives a source;"
              " PermissionError for what the sandbox refuses",
})

TEMPLATES = {
    "base": "<t>{% block t %}Base{% endblock %}</t>{% block b %}-{% block c %}c{% endblock %}-{% endblock %}",
    "child": '{% extends "base" %} lost {% block t %}Child, {{ super() }}{% endblock %}',
    "grandchild": '{% extends "child" %}{% block t %}{{ n }}, {{ super() }}{% endblock %}'
                  "{% block c %}{{ n }}{% endblock %}",
    "loop": '{% extends "pool" %}', "pool": '{% extends "loop" %}', "orphan": '{% extends "nobody" %}',
    "a'{b}\"": "{% block x'{y} %}{{ n }}{% endblock %}",
}
CHAIN = "Keep, for each block, a list of functions: the child's, its parent's, and so on. The first one is shown."
LEVEL = "Tell each function of a block at which place of the list it stands; super() is the next one."
ONE_DOOR = "Make one function that every attribute goes through, whichever syntax or filter asks for it."
AT_CALL = "Look at what is called when it is called: is it the bound method format, or format_map, of a str?"

# (id, claim, template, text, hint)
PAGES = (
    ("14c.a", "a block shows its own content where nobody replaces it", "base", "<t>Base</t>-c-", CHAIN),
    ("14c.b", "a child fills the blocks of its parent, and super() is what it replaced", "child",
     "<t>Child, Base</t>-c-", CHAIN),
    ("14c.c", "it goes on through three generations; values are escaped", "grandchild",
     "<t>&lt;N&gt;, Child, Base</t>-&lt;N&gt;-", LEVEL),
    ("14c.d", "odd names of templates and blocks are only names", "a'{b}\"", "&lt;N&gt;",
     "Write every name with repr, or do not let it into the code at all."),
)

# (id, claim, expression, hint), where f and d.f are the method format of a text that looks inside
CLOSED = (
    ("14c.h", "the sandbox keeps attributes with an underscore closed", 'note|attr("__class__")', ONE_DOOR),
    ("14c.i", "a format in the template looks into nothing", '"{0.__class__}".format(note)', AT_CALL),
    ("14c.j", "nor does one that comes with the values", "f(note)", AT_CALL),
    ("14c.k", "nor one that was stored in a dict", "d.f(note)", AT_CALL),
    ("14c.l", "nor one that a filter has fetched", '("{0._key}"|attr("format"))(note)', AT_CALL),
    ("14c.m", "nor format_map", '"{note._key}".format_map(d)', AT_CALL),
    ("14c.n", "nor a width that is a field itself", "wide(note)",
     "Let string.Formatter do the work, and override get_field: it is asked for every field."),
    ("14c.o", "what is marked as unsafe is not called", "delete()", "Look for the mark before the call."),
)


class Note:
    """A value with something that must stay inside."""

    text, _key = "Hello", "the key"


def delete() -> str:
    """Stand for something that a template must not do."""
    return "the key"


vars(delete)["unsafe"] = True


def values() -> dict[str, Any]:
    """Return what the templates of the checks may use."""
    pattern = "{0._key}".format
    return {"n": "<N>", "note": Note(), "f": pattern, "d": {"f": pattern, "note": Note()}, "delete": delete,
            "wide": "{0:{0._key}}".format}


def check_page(name: str, wanted: str) -> Callable[[Any], None]:
    """Return a case: a template of the table, and its text."""
    return lambda code: expect(str(code.render(TEMPLATES.__getitem__, name, values())).replace("&#x27;", "&#39;"),
                               wanted)


def check_closed(text: str) -> Callable[[Any], None]:
    """Return a case: an expression that a sandbox must refuse."""
    source = "{{ %s }}" % text
    return lambda code: expect_error(PermissionError, code.render, lambda name: source, source, values(), True)


for ident, claim, name, shown, hint in PAGES:
    CHAPTER.case(ident, claim, hint=hint)(check_page(name, shown))


@CHAPTER.case("14c.e", "who extends himself, or nobody, is told so",
              hint="Keep a list of the names you have been to. ValueError for a circle; let find raise LookupError.")
def circles(code: Any) -> None:
    expect_error(ValueError, code.render, TEMPLATES.__getitem__, "loop", {})
    expect_error(LookupError, code.render, TEMPLATES.__getitem__, "orphan", {})


@CHAPTER.case("14c.f", "a template is found in its folder, and in folders in it",
              hint="Split the name at '/', look at each step, then os.path.join.")
def in_folder(code: Any) -> None:
    with folder() as root:
        expect([code.load(root, "a.html"), code.load(root, "in/b.html")], ["A", "B"])
        expect_error(LookupError, code.load, root, "c.html")


@CHAPTER.case("14c.g", "no name leaves the folder",
              hint="Refuse the steps '', '.' and '..', and every backslash, colon and NUL. Do not repair a name.")
def outside(code: Any) -> None:
    with folder() as root:
        for name in ("../secret", "....//secret", "in/../../secret", "/etc/passwd", root + "/a.html", "..\\secret",
                     "in\\..\\..\\secret", "C:secret", "", ".", "..", "in/./b.html", "a.html\0", "in//b.html"):
            expect_error(LookupError, code.load, root, name)


for ident, claim, text, hint in CLOSED:
    CHAPTER.case(ident, claim, hint=hint)(check_closed(text))


@CHAPTER.case("14c.p", "what is harmless works in the sandbox, too", hint="Refuse what looks inside, and nothing else.")
def harmless(code: Any) -> None:
    source = '{{ note.text|upper }} {{ "{0} of {1:>3}".format(1, 2) }} {{ n.lower() }}'
    expect(code.render(lambda name: source, "page", values(), True), "HELLO 1 of   2 &lt;n&gt;")


class folder:
    """A folder of templates in a folder with a secret, for as long as the block runs."""

    def __enter__(self) -> str:
        import os
        import tempfile

        self.holder = tempfile.TemporaryDirectory()
        root = os.path.join(self.holder.name, "templates")
        os.makedirs(os.path.join(root, "in"))
        for name, text in (("a.html", "A"), ("in/b.html", "B"), ("../secret", "the key")):
            with open(os.path.join(root, *name.split("/")), "w", encoding="utf-8") as file:
                file.write(text)
        return root

    def __exit__(self, *exc_info: object) -> None:
        self.holder.cleanup()
