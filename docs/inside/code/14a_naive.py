"""A page with holes, filled by replacing. Run it: three of its four lines are wrong."""

PAGE = """<h1>{{ title }}</h1>
<p>{{ first }}</p>
<p>{{second}}</p>
<p>{{ third }}</p>"""


class Safe(str):
    """Text that is HTML already; nothing here asks for it yet."""


def compile_template(source):
    """Return a function that fills the holes of a template."""
    def template(values):
        text = source
        for name, value in values.items():
            text = text.replace("{{ %s }}" % name, str(value))
        return text

    return template


if __name__ == "__main__":
    print(compile_template(PAGE)({
        "first": "My favourite sign is {{ title }}",
        "second": "Hello",
        "third": "<script>alert(1)</script>",
        "title": "Guestbook",
    }))
