"""The house stands in layers: every import points down, and nothing comes from outside."""

from __future__ import annotations

import ast
import pathlib
import sys
import unittest

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "minflask"

# Ground up; a file imports only from rows above its own in this table; an indented line goes on with its row.
# "-" is minflask/__init__.py, which imports nothing but by name, on demand.
LAYERS = """
- aliases onefile licence copycheck collector commands commands.errors dotenv plugins aio markup local signals
  typing security
signing.signer json.text routing.tree http http.urls http.utils http.mime http.spool server server.http1
  server.listen server.tls server.terminal server.accesslog server.traces jinja.bccache jinja.errors jinja.tree
  jinja.writer
bundle compat commands.types signing.serializer http.codec server.settings server.reloader server.debugpage
  jinja.nodes server.accesslog jinja.text
gather commands.terminal globals signing converters http.exceptions jinja server.gateway jinja.expressions
  jinja.extension jinja.output jinja.pyexpr jinja.scope jinja.utils
commands.params commands.runner http.structures json.provider server.connection server.debugger jinja.async_utils
  jinja.debug jinja.defaults jinja.frame jinja.lexer jinja.loaders jinja.undefined
commands.help commands.argparsing json.classes http.headers http.cookies http.accept http.auth http.ordered http.ranges
  server.loop jinja.filters_sequence jinja.filters_text jinja.loops jinja.parser jinja.statements jinja.tests
commands.parsing routing.errors routing.rules scaffold views logging json http.fields http.wsgi http.uploads
  server.workers jinja.filters jinja.runtime
commands.core routing.adapter routing.factories json.tag http.multipart http.request_head
  http.response_fields http.conditional server.life jinja.compiler jinja.template config
commands.decorators commands.completion routing.maps sessions http.forms http.response http.request http.jar
  server.processes jinja.environment jinja.meta
routing jinja.i18n jinja.nativetypes jinja.sandbox
ctx debughelpers http.files http.builder jinja.ext
wrappers http.client http.middleware http.middleware.dispatcher http.middleware.http_proxy http.middleware.lint
  http.middleware.profiler http.middleware.proxy_fix http.middleware.shared_data http.plainform http.redirects
  templating
helpers server.run
blueprints assembly jinja_env server.serving wasm
app testing
appfinder check
cli
devcommands bundlecommands
__main__ learn learn.cases
learn.wires
learn.runner learn.chapter01 learn.chapter02 learn.chapter03 learn.chapter04 learn.chapter05 learn.chapter06
  learn.chapter07 learn.chapter08 learn.chapter09 learn.chapter10 learn.chapter11 learn.chapter12 learn.chapter13
  learn.chapter14a learn.chapter14b learn.chapter14c learn.chapter15 learn.chapter16
  learn.chapter17 learn.chapter18
learn.__main__
"""
RANK = {("" if name == "-" else name): n for n, row in enumerate(LAYERS.replace("\n  ", " ").strip().split("\n"))
        for name in row.split()}

# Upward needs, each inside a function: (file, what it reaches for) -> why it may.
ALLOWED_LAZY: dict[tuple[str, str], str] = {
    ("aio", "jinja.async_utils"): "WebAssembly, where a coroutine runs without a loop",
    ("scaffold", "cli"): "app.cli is a group of commands, made when somebody wants it",
    ("scaffold", "helpers"): "send_static_file is the view of a route",
    ("scaffold", "templating"): "the loader of a template folder",
    ("templating", "helpers"): "a streamed template keeps its request",
    ("templating", "jinja_env"): "the template language is not loaded before the first template",
    ("assembly", "jinja_env"): "the same",
    ("assembly", "testing"): "app.test_client()",
    ("assembly", "devcommands"): "app.run()",
    ("testing", "cli"): "a command is invoked with the ScriptInfo of the application",
    ("cli", "devcommands"): "each of our commands, when it is named",
    ("cli", "bundlecommands"): "the same",
    ("commands.errors", "commands.terminal"): "an error prints itself",
    ("commands.terminal", "commands.core"): "whether the running command wants colors",
    ("commands.core", "commands.decorators"): "group.command() decorates",
    ("commands.core", "commands.completion"): "a shell that asks",
    ("server.run", "server.serving"): "a request handler class writes the access log under Werkzeug's names",
    ("http.request", "http.forms"): "the default parser of forms",
    ("http.request", "http.plainform"): "the form that most browsers send",
    ("http.request", "http.builder"): "Request.from_values makes an environ",
    ("http.response", "http.client"): "a response made of another WSGI application",
}


def module_name(path: pathlib.Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def is_typing_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def import_nodes(tree: ast.AST, kind: str = "eager"):
    """Yield (node, kind) for each import; the kind is eager, lazy or typing."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, kind
        elif is_typing_guard(node):
            yield from import_nodes(node, "typing")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from import_nodes(node, "lazy" if kind == "eager" else kind)
        else:
            yield from import_nodes(node, kind)


def own_targets(here: str, node: ast.ImportFrom):
    """Yield the own modules that a relative import loads."""
    is_package = FILES[here].name == "__init__.py"
    base = here.split(".") if here else []
    base = base[: len(base) - node.level + is_package] + (node.module.split(".") if node.module else [])
    for alias in node.names:
        whole = ".".join([*base, alias.name])
        yield whole if whole in FILES else ".".join(base)


def imports():
    """Yield (here, there, kind, outside) for each import of the package."""
    for here, path in FILES.items():
        for node, kind in import_nodes(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                for there in own_targets(here, node):
                    yield here, there, kind, False
            else:
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                for name in names:
                    yield here, name, kind, True


class Layers(unittest.TestCase):
    def test_every_file_has_a_layer(self):
        self.assertEqual(sorted(set(FILES) - set(RANK)), [])

    def test_the_table_names_only_files_that_exist(self):
        self.assertEqual(sorted(set(RANK) - set(FILES)), [])

    def test_imports_point_down(self):
        wrong = [f"{here} imports {there} ({kind})" for here, there, kind, outside in imports()
                 if not outside and kind != "typing" and (here, there) not in ALLOWED_LAZY
                 and RANK.get(there, 99) >= RANK.get(here, -1)]
        self.assertEqual(wrong, [])

    def test_allowed_upward_imports_are_lazy_and_still_there(self):
        lazy = {(here, there) for here, there, kind, outside in imports() if kind == "lazy" and not outside}
        self.assertEqual(sorted(set(ALLOWED_LAZY) - lazy), [])

    def test_nothing_comes_from_outside_the_standard_library(self):
        outside = {(here, there.split(".")[0]) for here, there, kind, out in imports() if out}
        known = set(getattr(sys, "stdlib_module_names", ())) | {"_typeshed"}
        if len(known) > 1:
            self.assertEqual([pair for pair in sorted(outside) if pair[1] not in known], [])

    def test_every_file_opens_with_a_charter(self):
        bare = [name for name, path in FILES.items() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
        self.assertEqual(bare, [])


if __name__ == "__main__":
    unittest.main()
