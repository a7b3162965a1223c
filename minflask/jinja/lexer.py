"""Cut the source of a template into tokens.

Two layers. A ``Scanner`` walks over the source once and yields raw ``(line, type, text)`` tuples that
together are the whole source; whitespace control is settled there. ``Lexer.wrap`` leaves out what
does not matter to the parser and turns the rest into Tokens with Python values. The parser reads
them through a ``TokenStream``. Time is linear in the length of the source.
"""
from __future__ import annotations

import re
from collections import namedtuple

from .errors import TemplateSyntaxError
from .utils import LRUCache, on_clear_caches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn

    RawToken = tuple[int, str, str]

TOKEN_BLOCK_BEGIN, TOKEN_BLOCK_END = "block_begin", "block_end"
TOKEN_VARIABLE_BEGIN, TOKEN_VARIABLE_END = "variable_begin", "variable_end"
TOKEN_COMMENT_BEGIN, TOKEN_COMMENT, TOKEN_COMMENT_END = "comment_begin", "comment", "comment_end"
TOKEN_RAW_BEGIN, TOKEN_RAW_END = "raw_begin", "raw_end"
TOKEN_LINESTATEMENT_BEGIN, TOKEN_LINESTATEMENT_END = "linestatement_begin", "linestatement_end"
TOKEN_LINECOMMENT_BEGIN, TOKEN_LINECOMMENT, TOKEN_LINECOMMENT_END = (
    "linecomment_begin", "linecomment", "linecomment_end")
TOKEN_DATA, TOKEN_WHITESPACE, TOKEN_NAME, TOKEN_STRING = "data", "whitespace", "name", "string"
TOKEN_INTEGER, TOKEN_FLOAT, TOKEN_OPERATOR, TOKEN_EOF = "integer", "float", "operator", "eof"

operators = {
    "+": "add", "-": "sub", "/": "div", "//": "floordiv", "*": "mul", "%": "mod", "**": "pow", "~": "tilde",
    "[": "lbracket", "]": "rbracket", "(": "lparen", ")": "rparen", "{": "lbrace", "}": "rbrace", "==": "eq",
    "!=": "ne", ">": "gt", ">=": "gteq", "<": "lt", "<=": "lteq", "=": "assign", ".": "dot", ":": "colon",
    "|": "pipe", ",": "comma", ";": "semicolon",
}
CLOSES = {")": "(", "]": "[", "}": "{"}
SPELLING = {kind: text for text, kind in operators.items()}
DESCRIPTIONS = {
    TOKEN_BLOCK_BEGIN: "the start of a tag", TOKEN_BLOCK_END: "the end of the tag",
    TOKEN_VARIABLE_BEGIN: "the start of a print statement", TOKEN_VARIABLE_END: "the end of the print statement",
    TOKEN_DATA: "text of the template", TOKEN_EOF: "the end of the template", TOKEN_NAME: "a name",
    TOKEN_STRING: "a string", TOKEN_INTEGER: "a number", TOKEN_FLOAT: "a number",
}
IGNORED = frozenset((
    TOKEN_COMMENT_BEGIN, TOKEN_COMMENT, TOKEN_COMMENT_END, TOKEN_WHITESPACE, TOKEN_LINECOMMENT_BEGIN,
    TOKEN_LINECOMMENT, TOKEN_LINECOMMENT_END, TOKEN_RAW_BEGIN, TOKEN_RAW_END))

newline_re = re.compile(r"\r\n|\r|\n")

# The words of the expression language.
digits = r"[0-9](?:_?[0-9])*"
float_number = rf"(?<!\.){digits}(?:\.{digits}(?:e[+-]?{digits})?|e[+-]?{digits})"
integer_number = r"0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?[0-9])*|0(?:_?0)*"
# What may not stand in a name is sorted out later: Python knows more letters than \w does.
word = r"(?:\w+|[^\x00-\x7f\s\w]+)+"
quoted = r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\""""
operator_signs = "|".join(sorted(map(re.escape, operators), key=len, reverse=True))
word_re = re.compile(
    rf"(?P<whitespace>\s+)|(?P<float>{float_number})|(?P<integer>{integer_number})|(?P<name>{word})"
    rf"|(?P<string>{quoted})|(?P<operator>{operator_signs})", re.S | re.I)


# What a backslash begins within a string is what it is in Python.
ESCAPES = {"\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
           "v": "\v"}
hexadecimal = r"[0-9a-fA-F]"
escape_re = re.compile(
    rf"\\(?:(?P<octal>[0-7]{{1,3}})|x(?P<x>{hexadecimal}{{2}})|u(?P<u>{hexadecimal}{{4}})|U(?P<U>{hexadecimal}{{8}})"
    r"|N\{(?P<name>[^}]+)\}|(?P<other>.))", re.S)


def character(escape: re.Match[str]) -> str:
    """Return the character that an escape sequence stands for; raises ValueError."""
    kind, text = str(escape.lastgroup), str(escape.group(escape.lastindex or 0))
    if kind == "other":
        if text in "xuUN":
            raise ValueError(f"'{escape.group()}' in a string is followed by less than it needs")
        return ESCAPES.get(text, escape.group())
    try:
        if kind == "name":
            from unicodedata import lookup

            return lookup(text)
        return chr(int(text, 8 if kind == "octal" else 16))
    except (KeyError, ValueError, OverflowError):
        raise ValueError(f"no character is called '{escape.group()}'") from None


def count_newlines(value: str) -> int:
    """Return the number of line ends, of whichever kind, in a text."""
    return len(newline_re.findall(value))


def describe_token_expr(expr: str) -> str:
    """Name what ``Token.test`` was asked for, for an error message."""
    kind, _, value = expr.partition(":")
    if value:
        return f"'{value}'"
    return DESCRIPTIONS.get(kind) or f"'{SPELLING.get(kind, kind)}'"


class Token(namedtuple("Token", "lineno type value")):
    """One token: the line it stands on, its type, and its value as a Python object."""

    __slots__ = ()

    def test(self, expr: str) -> bool:
        """Tell whether the token is of a type, ``name``, or also has a value, ``name:endfor``."""
        if self.type == expr:
            return True
        kind, colon, value = expr.partition(":")
        return bool(colon and (self.type, self.value) == (kind, value))

    def test_any(self, *exprs: str) -> bool:
        """Tell whether one of several tests holds."""
        return any(map(self.test, exprs))

    def __str__(self) -> str:
        return f"'{self.value}'" if self.type == TOKEN_NAME else describe_token_expr(self.type)


new_token = Token._make


class TokenStream:
    """The tokens as the parser reads them: ``current`` and, on request, the one after it.

    :param generator: the tokens, for example those that an extension's ``filter_stream`` yields.
    """

    def __init__(self, generator: Iterable[Token], name: str | None, filename: str | None) -> None:
        self._iter = iter(generator)
        self._pushed: list[Token] = []
        self.name = name
        self.filename = filename
        self.closed = False
        self.current = Token(1, "initial", "")
        next(self)

    def __iter__(self) -> Iterator[Token]:
        while self.current.type != TOKEN_EOF:
            yield next(self)

    def __bool__(self) -> bool:
        return bool(self.current.type != TOKEN_EOF)

    def push(self, token: Token) -> None:
        """Put a token back, to be read after the current one."""
        self._pushed.append(token)

    def look(self) -> Token:
        """Return the token after the current one."""
        before = next(self)
        found = self.current
        self._pushed.append(found)
        self.current = before
        return found

    @property
    def eos(self) -> bool:
        """Whether the end is reached."""
        return not self

    def next_if(self, expr: str) -> Token | None:
        """Step over the current token and return it if it passes the test, else return None."""
        return next(self) if self.current.test(expr) else None

    def skip_if(self, expr: str) -> bool:
        """Do the same and tell whether it did."""
        return self.next_if(expr) is not None

    def skip(self, n: int = 1) -> None:
        """Step over n tokens."""
        for _ in range(n):
            next(self)

    def __next__(self) -> Token:
        passed = self.current
        if self._pushed:
            self.current = self._pushed.pop()
        elif passed.type != TOKEN_EOF:
            try:
                self.current = next(self._iter)
            except StopIteration:
                self.close()
        return passed

    def close(self) -> None:
        """End the stream here."""
        last = self.current
        lines = last.value.count("\n") if last.type == TOKEN_DATA else 0
        self.current = Token(last.lineno + lines, TOKEN_EOF, "")
        self._iter = iter(())
        self.closed = True

    def expect(self, expr: str) -> Token:
        """Step over the current token and return it; raises TemplateSyntaxError if it fails the test."""
        if not self.current.test(expr):
            met = "the template ends" if self.current.type == TOKEN_EOF else f"{self.current} stands here"
            raise TemplateSyntaxError(f"{met}, but {describe_token_expr(expr)} was expected",
                                      self.current.lineno, self.name, self.filename)
        return next(self)


class Rules:
    """The regular expressions that follow from the delimiters an environment has set."""

    def __init__(self, env: Any) -> None:
        block, block_end = re.escape(env.block_start_string), re.escape(env.block_end_string)
        comment_end, variable_end = re.escape(env.comment_end_string), re.escape(env.variable_end_string)
        trim = r"\n?" if env.trim_blocks else ""
        close_block = rf"\+{block_end}|-{block_end}\s*|{block_end}{trim}"
        self.opener = self._opener(env, block, rf"-{block_end}\s*|{block_end}")
        self.ends = {
            TOKEN_BLOCK_BEGIN: (TOKEN_BLOCK_END, re.compile(close_block)),
            TOKEN_VARIABLE_BEGIN: (TOKEN_VARIABLE_END, re.compile(rf"-{variable_end}\s*|{variable_end}")),
            TOKEN_LINESTATEMENT_BEGIN: (TOKEN_LINESTATEMENT_END, re.compile(r"\s*(?:\n|$)", re.M)),
        }
        self.comment_end = re.compile(rf"\+{comment_end}|-{comment_end}\s*|{comment_end}{trim}")
        self.raw_end = re.compile(rf"{block}([-+]?)\s*endraw\s*(?:{close_block})")

    @staticmethod
    def _opener(env: Any, block: str, close_raw: str) -> re.Pattern[str]:
        """Match what ends plain text. Of the delimiters that fit, the longest wins.

        The group of each choice is named by the kind of token; the group after it is the sign.
        """
        starts = [
            (env.comment_start_string, TOKEN_COMMENT_BEGIN, "{}"), (env.block_start_string, TOKEN_BLOCK_BEGIN, "{}"),
            (env.variable_start_string, TOKEN_VARIABLE_BEGIN, "{}")]
        if env.line_statement_prefix is not None:
            starts.append((env.line_statement_prefix, TOKEN_LINESTATEMENT_BEGIN, r"^[ \t\v]*{}"))
        if env.line_comment_prefix is not None:
            starts.append((env.line_comment_prefix, TOKEN_LINECOMMENT_BEGIN, r"(?:^|(?<=\S))[^\S\r\n]*{}"))
        starts.sort(key=lambda start: (-len(start[0]), start[1]))
        choices = [rf"(?P<raw_begin>{block}([-+]?)\s*raw\s*(?:{close_raw}))"]
        choices += [f"(?P<{kind}>{form.format(re.escape(delimiter))}([-+]?))" for delimiter, kind, form in starts]
        return re.compile("|".join(choices), re.M)


class Scanner:
    """One walk over one source."""

    def __init__(self, lexer: Lexer, source: str, name: str | None, filename: str | None) -> None:
        self.lexer, self.rules = lexer, lexer.rules
        self.source, self.name, self.filename = source, name, filename
        self.position = 0
        self.lineno = 1

    def fail(self, message: str, lineno: int | None = None) -> NoReturn:
        raise TemplateSyntaxError(message, lineno or self.lineno, self.name, self.filename)

    def take(self, kind: str, end: int) -> RawToken:
        """Make a token of everything up to ``end``."""
        text = self.source[self.position:end]
        token = self.lineno, kind, text
        self.position = end
        self.lineno += text.count("\n")
        return token

    def run(self, state: str | None) -> Iterator[RawToken]:
        """Yield all raw tokens; ``state`` 'variable' or 'block' starts inside of such a tag."""
        if state in ("variable", "block"):
            yield from self.tag(f"{state}_begin")
        size = len(self.source)
        while self.position < size:
            start = self.rules.opener.search(self.source, self.position)
            if start is None:
                yield self.take(TOKEN_DATA, size)
                return
            kind, index = str(start.lastgroup), start.lastindex or 0
            yield from self.data(start.start(), start.group(index + 1), kind != TOKEN_VARIABLE_BEGIN)
            yield self.take(kind, start.end())
            yield from self.HANDLERS[kind](self, kind)

    def data(self, end: int, sign: str, is_block: bool) -> Iterator[RawToken]:
        """Yield the text before a tag, less the whitespace that the tag, by its sign, takes away."""
        begin = self.position
        text = self.source[begin:end]
        if sign == "-":
            text = text.rstrip()
        elif sign != "+" and is_block and self.lexer.lstrip_blocks:
            line = text.rfind("\n") + 1
            # Text that begins in the middle of a line has something before it that stays.
            starts_line = line > 0 or begin == 0 or self.source[begin - 1] == "\n"
            if starts_line and text[line:].isspace():
                text = text[:line]
        if text:
            yield self.lineno, TOKEN_DATA, text
        self.lineno += self.source.count("\n", begin, end)
        self.position = end

    def comment(self, kind: str) -> Iterator[RawToken]:
        """Yield the rest of a comment."""
        end = self.rules.comment_end.search(self.source, self.position)
        if end is None:
            self.fail("the comment that starts here has no end")
        yield self.take(TOKEN_COMMENT, end.start())
        yield self.take(TOKEN_COMMENT_END, end.end())

    def line_comment(self, kind: str) -> Iterator[RawToken]:
        """Yield the rest of a comment that ends with its line."""
        end = self.source.find("\n", self.position)
        yield self.take(TOKEN_LINECOMMENT, len(self.source) if end < 0 else end)
        yield self.lineno, TOKEN_LINECOMMENT_END, ""

    def raw(self, kind: str) -> Iterator[RawToken]:
        """Yield the text of a raw block and its end."""
        end = self.rules.raw_end.search(self.source, self.position)
        if end is None:
            self.fail("the raw block that starts here has no 'endraw'")
        yield from self.data(end.start(), end.group(1), True)
        yield self.take(TOKEN_RAW_END, end.end())

    def tag(self, kind: str) -> Iterator[RawToken]:
        """Yield what is inside of a tag, and its end. An end within brackets is none."""
        end_kind, end_re = self.rules.ends[kind]
        source, is_end, next_word, take = self.source, end_re.match, word_re.match, self.take
        size = len(source)
        brackets: list[str] = []
        while True:
            if not brackets:
                end = is_end(source, self.position)
                if end is not None:
                    yield take(end_kind, end.end())
                    return
            if self.position >= size:
                return
            word = next_word(source, self.position)
            if word is None:
                self.no_word()
            word_kind = str(word.lastgroup)
            if word_kind == TOKEN_OPERATOR:
                self.balance(word.group(), brackets)
            yield take(word_kind, word.end())

    def balance(self, sign: str, brackets: list[str]) -> None:
        """Keep the list of brackets that are open; raises TemplateSyntaxError when they do not match."""
        if sign in "([{":
            brackets.append(sign)
        elif sign in CLOSES:
            if not brackets:
                self.fail(f"'{sign}' closes a bracket that was never opened")
            opened = brackets.pop()
            if opened != CLOSES[sign]:
                self.fail(f"'{sign}' stands where the '{opened}' before it should be closed")

    def no_word(self) -> NoReturn:
        """Explain a character that begins no token."""
        met = self.source[self.position]
        if met in "'\"":
            self.fail(f"the string that starts here has no closing {met}")
        hint = {"!": " (did you mean 'not' or '!='?)", "&": " (did you mean 'and'?)"}.get(met, "")
        self.fail(f"the character {met!r} means nothing in an expression{hint}")

    HANDLERS = {
        "raw_begin": raw, TOKEN_COMMENT_BEGIN: comment, TOKEN_LINECOMMENT_BEGIN: line_comment,
        TOKEN_BLOCK_BEGIN: tag, TOKEN_VARIABLE_BEGIN: tag, TOKEN_LINESTATEMENT_BEGIN: tag,
    }


class Lexer:
    """Makes tokens by the settings of one environment; ``get_lexer`` keeps one for all with equal settings."""

    def __init__(self, environment: Any) -> None:
        self.rules = Rules(environment)
        self.lstrip_blocks: bool = environment.lstrip_blocks
        self.newline_sequence: str = environment.newline_sequence
        self.keep_trailing_newline: bool = environment.keep_trailing_newline

    def tokeniter(self, source: str, name: str | None, filename: str | None = None,
                  state: str | None = None) -> Iterator[RawToken]:
        """Yield (line, type, text) for the whole source, whitespace and comments included."""
        lines = newline_re.split(source)
        if not self.keep_trailing_newline and lines[-1] == "":
            del lines[-1]
        return Scanner(self, "\n".join(lines), name, filename).run(state)

    def tokenize(self, source: str, name: str | None = None, filename: str | None = None,
                 state: str | None = None) -> TokenStream:
        """Return the tokens of a source as the parser takes them."""
        return TokenStream(self.wrap(self.tokeniter(source, name, filename, state), name, filename), name, filename)

    def wrap(self, stream: Iterable[RawToken], name: str | None = None,
             filename: str | None = None) -> Iterator[Token]:
        """Turn raw tuples into Tokens, leaving out comments and whitespace."""
        for lineno, kind, text in stream:
            if kind in IGNORED:
                continue
            value: Any = text
            if kind == TOKEN_OPERATOR:
                kind = operators[text]
            elif kind in VALUES:
                try:
                    value = VALUES[kind](self, text)
                except ValueError as error:
                    raise TemplateSyntaxError(str(error), lineno, name, filename) from None
            yield new_token((lineno, MERGED.get(kind, kind), value))

    def _newlines(self, text: str) -> str:
        return text if self.newline_sequence == "\n" else newline_re.sub(self.newline_sequence, text)

    def _string(self, text: str) -> str:
        body = self._newlines(text[1:-1])
        return escape_re.sub(character, body) if "\\" in body else body

    def _name(self, text: str) -> str:
        if not text.isidentifier():
            raise ValueError(f"'{text}' is no name: a character in it may not stand there")
        return text


def integer_value(lexer: Lexer, text: str) -> int:
    """Return the number an integer literal stands for."""
    try:
        return int(text, 0)
    except ValueError:  # Python bounds the digits of a decimal number
        raise ValueError("the number has too many digits") from None


VALUES: dict[str, Callable[[Lexer, str], Any]] = {
    TOKEN_DATA: Lexer._newlines, TOKEN_STRING: Lexer._string, TOKEN_NAME: Lexer._name,
    TOKEN_INTEGER: integer_value, TOKEN_FLOAT: lambda lexer, text: float(text),
}
# To the parser a line statement is a tag like any other.
MERGED = {TOKEN_LINESTATEMENT_BEGIN: TOKEN_BLOCK_BEGIN, TOKEN_LINESTATEMENT_END: TOKEN_BLOCK_END}

_lexers = LRUCache(50)
on_clear_caches(_lexers.clear)


def get_lexer(environment: Any) -> Lexer:
    """Return the lexer for the settings of an environment."""
    key = (
        environment.block_start_string, environment.block_end_string, environment.variable_start_string,
        environment.variable_end_string, environment.comment_start_string, environment.comment_end_string,
        environment.line_statement_prefix, environment.line_comment_prefix, environment.trim_blocks,
        environment.lstrip_blocks, environment.newline_sequence, environment.keep_trailing_newline)
    lexer: Lexer | None = _lexers.get(key)
    if lexer is None:
        lexer = _lexers[key] = Lexer(environment)
    return lexer
