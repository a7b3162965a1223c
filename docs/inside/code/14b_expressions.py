"""Expressions of templates: words, then a tree, then the source of a Python expression. Run it to see all three."""

import re

WORD = re.compile(r"""[0-9]+|"[^"]*"|[A-Za-z][A-Za-z0-9_]*|[=!<>]=|[-+*/%~<>|.,()]""")
BINDING = {"or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, ">": 4, "<=": 4, ">=": 4, "in": 4,
           "+": 5, "-": 5, "~": 6, "*": 7, "/": 7, "%": 7}
PREFIX = {"not": 3, "-": 8}


class Undefined(str):
    """What a name that is nowhere stands for: empty text, but an error for who looks inside."""


FILTERS = {"upper": lambda text: str(text).upper(), "length": len,
           "join": lambda items, between="": between.join(map(str, items)),
           "default": lambda value, other="": other if isinstance(value, Undefined) else value}


def get(value, name):
    """Return what ``value.name`` means in a template."""
    if isinstance(value, Undefined):
        raise LookupError(f"there is nothing that could have a {name!r}")
    try:
        return value[name]
    except (TypeError, LookupError):
        return getattr(value, name, Undefined())


# What generated expressions call -> by which name; the operators that are not here are Python's own.
CALLS = {".": "get", "|": "use", "~": "glue", "call": "call"}
HELPERS = {"get": get, "use": lambda name, *rest: FILTERS[name](*rest), "Undefined": Undefined,
           "glue": lambda left, right: f"{left}{right}", "call": lambda function, *rest: function(*rest)}


def take(words, wanted="a name"):
    """Step over a word and return it; it must be the wanted one."""
    is_name = words[0][:1].isalpha() and words[0] not in {*BINDING, *PREFIX}
    if words[0] != wanted and not (is_name and wanted == "a name"):
        raise ValueError(f"{wanted} is missing before {words[0]!r}")
    return words.pop(0)


def expression(words, least=0):
    """Read operands for as long as the operator behind them binds more than *least*."""
    left = operand(words)
    while BINDING.get(words[0], 0) > least:
        operator = words.pop(0)
        left = operator, left, expression(words, BINDING[operator])
    return left


def operand(words):
    """Read one value, with what hangs on it: dots, calls, filters."""
    if words[0] in PREFIX:
        word = words.pop(0)
        return word, expression(words, PREFIX[word])
    if words[0] == "(":
        words.pop(0)
        tree = expression(words)
        take(words, ")")
    elif words[0][:1].isdigit():
        tree = "const", int(words.pop(0))
    elif words[0][:1] == '"':
        tree = "const", words.pop(0)[1:-1]
    else:
        tree = "name", take(words)
    while words[0] in (".", "|", "("):
        tree = step(words, tree)
    return tree


def step(words, tree):
    """Read one step from a value to the next."""
    if words[0] == "(":
        return "call", tree, *arguments(words)
    kind, name = words.pop(0), take(words)
    if kind == ".":
        return kind, tree, ("const", name)
    if name not in FILTERS:
        raise ValueError(f"there is no filter {name!r}")
    return kind, ("const", name), tree, *(arguments(words) if words[0] == "(" else [])


def arguments(words):
    """Read what stands in round brackets."""
    found = []
    take(words, "(")
    while words[0] != ")":
        if found:
            take(words, ",")
        found.append(expression(words))
    take(words, ")")
    return found


def parse(text):
    """Return the tree of an expression: ``a + 1`` is ("+", ("name", "a"), ("const", 1))."""
    if WORD.sub("", text).strip():
        raise ValueError(f"{WORD.sub('', text).strip()!r} is no word of an expression")
    words = [*WORD.findall(text), "", ""]  # the empty ones say: the end
    tree = expression(words)
    take(words, "")
    return tree


def python(tree, find):
    """Return the Python source for a tree; *find* gives the source for a name."""
    kind, *parts = tree
    if kind in ("const", "name"):
        return repr(parts[0]) if kind == "const" else find(parts[0])
    codes = [python(part, find) for part in parts]
    if kind in CALLS:
        return f"{CALLS[kind]}({', '.join(codes)})"
    return f"({f' {kind} '.join(codes)})" if len(codes) > 1 else f"({kind} {codes[0]})"


if __name__ == "__main__":
    print(parse("a + b * 2"), parse("not a.b|length == 2"), python(parse("a + b|length * 2"), str), sep="\n")
