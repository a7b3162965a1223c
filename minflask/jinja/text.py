"""Tools for prose: links in plain text, placeholder text, JSON and URLs for HTML.

Each is linear in its input: what users typed goes through ``urlize``, and a pattern that can match
in two ways would let a long line stop the server (CVE-2020-28493). Templates are unknown here.
"""
from __future__ import annotations

import re

from ..markup import Markup, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

# Host names without a scheme become links only below these domains.
_PLAIN_DOMAINS = frozenset(("com", "net", "int", "edu", "gov", "org", "info", "mil"))
# Patterns as text: they are compiled, and kept by ``re``, when the first link is looked for.
_LABEL = r"[\w%-]+"
_TOP_LEVEL = r"(?i:[a-z]{2,63}|xn--[\w%]{2,59})"
_IPV4_PART = r"[0-9]{1,3}"
_IPV6_PART = r"[0-9A-Fa-f]{0,4}"
_MAIL_DOMAIN = r"\w[\w.-]*"

LOREM_WORDS = """
neque porro quisquam est qui dolorem ipsum quia dolor sit amet consectetur adipisci velit sed non numquam eius modi
tempora incidunt ut labore et dolore magnam aliquam quaerat voluptatem enim ad minima veniam quis nostrum exercitationem
ullam corporis suscipit laboriosam nisi aliquid ex ea commodi consequatur autem vel eum iure reprehenderit in voluptate
esse quam nihil molestiae illum fugiat quo voluptas nulla pariatur at vero eos accusamus iusto odio dignissimos ducimus
blanditiis praesentium voluptatum deleniti atque corrupti quos dolores quas molestias excepturi sint occaecati
cupiditate provident similique sunt culpa officia deserunt mollitia animi id laborum harum quidem rerum facilis
expedita distinctio nam libero tempore cum soluta nobis eligendi optio cumque impedit minus quod maxime placeat facere
possimus omnis assumenda repellendus temporibus quibusdam aut officiis debitis necessitatibus saepe eveniet
""".split()


def urlize(
    text: object,
    trim_url_limit: int | None = None,
    rel: str | None = None,
    target: str | None = None,
    extra_schemes: Iterable[str] | None = None,
) -> str:
    """Escape a text and turn the URLs and mail addresses in it into links.

    :param trim_url_limit: show no more characters of a URL than this; the link keeps all of it.
    :param extra_schemes: beginnings, such as ``ftp://``, that make a link too.

    >>> urlize("see www.example.org.")
    'see <a href="https://www.example.org">www.example.org</a>.'
    """
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in (("rel", rel), ("target", target)) if value)
    schemes = tuple(extra_schemes or ())

    def linked(word: str) -> str:
        href = _href(word)
        if href is not None:
            label = word if trim_url_limit is None or len(word) <= trim_url_limit else word[:trim_url_limit] + "..."
            return f'<a href="{href}"{attributes}>{label}</a>'
        address = _mail_address(word)
        if address is not None:
            return f'<a href="mailto:{address}">{address}</a>'
        return f'<a href="{word}"{attributes}>{word}</a>' if word.startswith(schemes) and word not in schemes else word

    words = re.split(r"(\s+)", str(escape(text)))
    for index in range(0, len(words), 2):
        head, word, tail = _trim_punctuation(words[index])
        words[index] = head + linked(word) + tail
    return "".join(words)


def _trim_punctuation(word: str) -> tuple[str, str, str]:
    """Split off what opens and closes around a word; brackets that the word itself opened stay in it."""
    start, end = 0, len(word)
    while start < end and (word[start] in "(<" or word.startswith("&lt;", start)):
        start += 1 if word[start] in "(<" else 4
    while end > start and (word[end - 1] in ")>.,\n" or word.endswith("&gt;", start, end)):
        end -= 1 if word[end - 1] in ")>.,\n" else 4
    for opening, closing in (("(", ")"), ("<", ">"), ("&lt;", "&gt;")):
        opened = word.count(opening, start, end)
        if opened <= word.count(closing, start, end):
            continue
        for _ in range(opened):
            found = word.find(closing, end)
            if found < 0:
                break
            end = found + len(closing)
    return word[:start], word[start:end], word[end:]


def _href(word: str) -> str | None:
    """Return where a word links to when it is a web address, else None."""
    lowered = word[:8].lower()
    scheme = next((scheme for scheme in ("http://", "https://", "www.") if lowered.startswith(scheme)), "")
    rest = word[len(scheme):]
    cut = min((found for found in (rest.find(char) for char in "/?#") if found >= 0), default=len(rest))
    if not _is_authority(scheme, rest[:cut]):
        return None
    return word if word.startswith(("https://", "http://")) else f"https://{word}"


def _is_authority(scheme: str, authority: str) -> bool:
    """Tell whether ``host[:port]`` after this scheme is the address of a site."""
    if authority.startswith("["):
        host, bracket, port = authority[1:].partition("]")
        return scheme.startswith("http") and bracket == "]" and _is_ipv6(host) and _is_port(port)
    host, colon, port = authority.partition(":")
    if not _is_port(colon + port):
        return False
    labels = host.split(".")
    if scheme.startswith("http") and len(labels) == 4 and _all_match(_IPV4_PART, labels):
        return True
    return _all_match(_LABEL, labels[:-1]) and _is_domain(scheme, *labels)


def _is_domain(scheme: str, *labels: str) -> bool:
    *labels_above, last = labels
    if scheme:
        return re.fullmatch(_TOP_LEVEL, last) is not None
    return labels_above != [] and last.lower() in _PLAIN_DOMAINS and all(1 < len(label) < 64 for label in labels_above)


def _all_match(pattern: str, texts: list[str]) -> bool:
    return all(re.fullmatch(pattern, text) for text in texts)


def _is_port(text: str) -> bool:
    return not text or text[0] == ":" and 1 < len(text) <= 6 and text.isascii() and text[1:].isdigit()


def _is_ipv6(host: str) -> bool:
    parts = host.split(":")
    return 3 <= len(parts) <= 9 and _all_match(_IPV6_PART, parts)


def _mail_address(word: str) -> str | None:
    """Return the address of ``mailto:address``, or a bare one; not of ``@name@site`` or another scheme."""
    address = word[7:] if word.startswith("mailto:") else word
    if address is word and (":" in word or word.startswith(("www.", "@"))):
        return None
    local, _, domain = address.rpartition("@")
    site, _, last = domain.rpartition(".")
    return address if local and re.fullmatch(_MAIL_DOMAIN, site) and re.fullmatch(r"\w+", last) else None


def generate_lorem_ipsum(n: int = 5, html: bool = True, min: int = 20, max: int = 100) -> str:
    """Make up paragraphs that look like Latin; the ``lipsum`` of templates.

    :param n: how many paragraphs.
    :param html: wrap them in ``<p>`` and return Markup; else a blank line stands between them.
    :param min: the least number of words in a paragraph; it has fewer than ``max``.
    """
    from random import randrange

    paragraphs = [_lorem_paragraph(randrange(min, max)) for _ in range(n)]
    if html:
        return Markup("\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs))
    return "\n\n".join(paragraphs)


def _lorem_paragraph(length: int) -> str:
    """Return so many words in sentences, no word twice in a row."""
    from random import choice, randrange

    words: list[str] = []
    until_comma, until_stop = randrange(3, 8), randrange(10, 20)
    previous = ""
    for position in range(length):
        word = choice([word for word in LOREM_WORDS if word != previous])
        previous = word
        if not words or words[-1].endswith("."):
            word = word.capitalize()
        if position == until_stop or position == length - 1:
            word += "."
            until_stop, until_comma = position + randrange(10, 20), position + randrange(3, 8)
        elif position == until_comma:
            word += ","
            until_comma = position + randrange(3, 8)
        words.append(word)
    return " ".join(words)


def htmlsafe_json_dumps(obj: object, dumps: Callable[..., str] | None = None, **kwargs: Any) -> Markup:
    r"""Write an object as JSON that is safe in HTML, in ``<script>`` and in quoted attributes.

    :param dumps: the function that writes; ``json.dumps`` by default. It gets the keyword arguments.

    >>> print(htmlsafe_json_dumps("</script>"))
    "\u003c/script\u003e"
    """
    if dumps is None:
        import json

        dumps = json.dumps
    text = dumps(obj, **kwargs)
    for char in "<>&'":
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def url_quote(obj: object, charset: str = "utf-8", for_qs: bool = False) -> str:
    """Percent-encode a value for a URL: bytes as they are, anything else as text.

    :param for_qs: for a query string: also encode ``/``, and write a space as ``+``.
    """
    from urllib.parse import quote_from_bytes

    data = obj if isinstance(obj, bytes) else str(obj).encode(charset)
    quoted = quote_from_bytes(data, safe=b"" if for_qs else b"/")
    return quoted.replace("%20", "+") if for_qs else quoted


def pformat(obj: object) -> str:
    """Write an object over as many lines as it takes to be read; what the ``pprint`` filter does."""
    from pprint import pformat

    return pformat(obj)
