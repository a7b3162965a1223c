"""Commands, groups of them, and the context that one run has.

What `parsing` finds on a command line goes to the parameters, in the order it was
given, eager ones first.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager

from .errors import Abort, ClickException, Exit, UsageError, did_you_mean, lookalikes
from .params import UNSET, Argument, Option, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, NoReturn

_stack: list[Context] = []


def get_current_context(silent: bool = False) -> Context | None:
    """Return the context of the command that runs; without one None if silent, else RuntimeError."""
    if _stack:
        return _stack[-1]
    if silent:
        return None
    raise RuntimeError("No command is running here, so there is no command context.")


def show_help(ctx: Context, param: Parameter, value: Any) -> None:
    """Print the help page and end the command: the callback of help options."""
    if value and not ctx.resilient_parsing:
        from .terminal import echo

        echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


class Context:
    """What one run of a command has: its parameters, its parent, and the object that is passed along.

    :param obj: any object for the command and those below it; `pass_obj` hands it over.
    :param auto_envvar_prefix: gives every option an environment variable: `PREFIX_NAME`.
    :param resilient_parsing: errors and callbacks are left out, as for completion.
    """

    def __init__(self, command: Command, parent: Context | None = None, info_name: str | None = None, obj: Any = None,
                 auto_envvar_prefix: str | None = None, default_map: dict[str, Any] | None = None,
                 terminal_width: int | None = None, max_content_width: int | None = None,
                 resilient_parsing: bool = False, allow_extra_args: bool | None = None,
                 ignore_unknown_options: bool | None = None, help_option_names: list[str] | None = None,
                 color: bool | None = None, show_default: bool | None = None,
                 allow_interspersed_args: bool | None = None, **settings: Any) -> None:
        self.command, self.parent, self.info_name = command, parent, info_name
        self.params: dict[str, Any] = {}
        self.args: list[str] = []
        self.invoked_subcommand: str | None = None
        self.obj, self.color, self.show_default = obj, color, show_default
        self.terminal_width, self.max_content_width = terminal_width, max_content_width
        self.help_option_names: Any = help_option_names
        self.default_map, self.auto_envvar_prefix = default_map, auto_envvar_prefix
        self.meta: dict[str, Any] = {}
        if parent is not None:
            self._inherit(parent, info_name or "")
        if self.help_option_names is None:
            self.help_option_names = ["-h", "--help"]
        if self.auto_envvar_prefix is not None:
            self.auto_envvar_prefix = self.auto_envvar_prefix.replace("-", "_")
        self.allow_extra_args = bool(allow_extra_args)
        self.ignore_unknown_options = bool(ignore_unknown_options)
        self.allow_interspersed_args = (command.allow_interspersed_args if allow_interspersed_args is None
                                        else allow_interspersed_args)
        self.resilient_parsing = resilient_parsing
        self._sources: dict[str, str] = {}
        self._exit_stack = ExitStack()
        self._depth = 0

    def _inherit(self, parent: Context, info_name: str) -> None:
        """Take what was not given from the parent; of its defaults and its prefix, this command's part."""
        for name in ("obj", "color", "show_default", "terminal_width", "max_content_width", "help_option_names"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(parent, name))
        self.meta = parent.meta
        if self.default_map is None:
            self.default_map = (parent.default_map or {}).get(info_name)
        if self.auto_envvar_prefix is None and parent.auto_envvar_prefix:
            self.auto_envvar_prefix = f"{parent.auto_envvar_prefix}_{info_name.upper()}"

    def get_parameter_source(self, name: str) -> str | None:
        """Return where a parameter's value came from: COMMANDLINE, ENVIRONMENT or DEFAULT."""
        return self._sources.get(name)

    def __enter__(self) -> Context:
        self._depth += 1
        _stack.append(self)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._depth -= 1
        if not self._depth:
            self.close()
        _stack.pop()

    @contextmanager
    def scope(self, cleanup: bool = True) -> Iterator[Context]:
        """Make this the current context for a block; without `cleanup` it stays open afterwards."""
        self._depth += not cleanup
        try:
            with self:
                yield self
        finally:
            self._depth -= not cleanup

    def call_on_close(self, f: Callable[[], Any]) -> Callable[[], Any]:
        """Call `f()` when the command has ended."""
        self._exit_stack.callback(f)
        return f

    def with_resource(self, context_manager: Any) -> Any:
        """Enter a context manager that is left when the command has ended."""
        return self._exit_stack.enter_context(context_manager)

    def close(self) -> None:
        """Call what waits for the end of the command."""
        self._exit_stack.close()
        self._exit_stack = ExitStack()

    @property
    def command_path(self) -> str:
        """The words that lead to this command: `minflask db init`."""
        own = self.info_name or ""
        if self.parent is None:
            return own.lstrip()
        pieces = [self.parent.command_path]
        pieces += [piece for param in self.parent.command.get_params(self) if isinstance(param, Argument)
                   for piece in param.get_usage_pieces()]
        return " ".join([*pieces, own]).lstrip()

    def find_root(self) -> Context:
        """Return the outermost context."""
        return self if self.parent is None else self.parent.find_root()

    def find_object(self, object_type: type) -> Any:
        """Return the nearest object of a type that was passed along, or None."""
        if isinstance(self.obj, object_type):
            return self.obj
        return None if self.parent is None else self.parent.find_object(object_type)

    def ensure_object(self, object_type: type) -> Any:
        """Return the nearest object of a type; make it here if there is none."""
        found = self.find_object(object_type)
        if found is None:
            self.obj = found = object_type()
        return found

    def lookup_default(self, name: str, call: bool = True) -> Any:
        """Return the default that the context has for a parameter, or None."""
        value = (self.default_map or {}).get(name)
        return value() if call and callable(value) else value

    def fail(self, message: str) -> NoReturn:
        """End the command with an error of usage."""
        raise UsageError(message, self)

    def abort(self) -> NoReturn:
        """End the command as if the user had given up."""
        raise Abort()

    def exit(self, code: int = 0) -> NoReturn:
        """End the command with an exit status."""
        self.close()
        raise Exit(code)

    def get_help(self) -> str:
        """Return the help page of the command."""
        return self.command.get_help(self)

    def get_usage(self) -> str:
        """Return the line that says how the command is used."""
        return self.command.get_usage(self)

    def invoke(self, callback: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function, or another command with its defaults filled in."""
        if isinstance(callback, Command):
            command, ctx = callback, Context(callback, parent=self, info_name=callback.name)
            for param in command.params:
                if param.name not in kwargs and param.expose_value:
                    kwargs[param.name] = param.type_cast_value(ctx, param.get_default(ctx))
            ctx.params.update(kwargs)
            if command.callback is None:
                raise TypeError(f"The command {command.name!r} has no function that could be called.")
            with ctx:
                return command.callback(*args, **kwargs)
        try:
            with self:
                return callback(*args, **kwargs)
        except UsageError as error:  # raised by the function, which need not know where it is
            error.set_context(self)
            raise

    def forward(self, command: Command, /, *args: Any, **kwargs: Any) -> Any:
        """Call another command with this one's parameters."""
        return self.invoke(command, *args, **{**self.params, **kwargs})


class Command:
    """A function with parameters, that a command line can run."""

    context_class = Context
    allow_extra_args = False
    ignore_unknown_options = False
    allow_interspersed_args = True

    def __init__(self, name: str | None = None, context_settings: dict[str, Any] | None = None,
                 callback: Callable[..., Any] | None = None, params: list[Parameter] | None = None,
                 help: str | None = None, epilog: str | None = None, short_help: str | None = None,
                 options_metavar: str | None = "[OPTIONS]", add_help_option: bool = True,
                 no_args_is_help: bool = False, hidden: bool = False, deprecated: bool = False) -> None:
        self.name, self.context_settings, self.callback = name, context_settings or {}, callback
        self.params: list[Parameter] = params or []
        self.help, self.epilog, self.short_help = help, epilog, short_help
        self.options_metavar, self.add_help_option = options_metavar, add_help_option
        self.no_args_is_help, self.hidden, self.deprecated = no_args_is_help, hidden, deprecated

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # Help.

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return all parameters, that for help included."""
        help_option = self.get_help_option(ctx)
        return self.params if help_option is None else [*self.params, help_option]

    def get_help_option_names(self, ctx: Context) -> list[str]:
        """Return the names of the help option that no other parameter has."""
        taken = {opt for param in self.params for opt in (*param.opts, *param.secondary_opts)}
        return [name for name in ctx.help_option_names if name not in taken]

    def get_help_option(self, ctx: Context) -> Option | None:
        """Return the option that shows the help page, or None."""
        names = self.get_help_option_names(ctx)
        if not names or not self.add_help_option:
            return None
        return Option([*names, "help"], is_flag=True, is_eager=True, expose_value=False, callback=show_help,
                      help="Show this message and exit.")

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return the words of the line of usage."""
        pieces = [self.options_metavar] if self.options_metavar else []
        return pieces + [piece for param in self.params for piece in param.get_usage_pieces()]

    def get_usage(self, ctx: Context) -> str:
        """Return the line that says how the command is used."""
        from .help import usage_line

        return usage_line(ctx, self.collect_usage_pieces(ctx))

    def get_help(self, ctx: Context) -> str:
        """Return the help page. May be overridden."""
        from .help import help_page

        return help_page(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the help in one line, for the list of a group."""
        from .help import first_sentence

        text = self.short_help or first_sentence(self.help or "", limit)
        return f"(Deprecated) {text}" if self.deprecated else text.strip()

    def command_sections(self, ctx: Context) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return further sections of the help page: (heading, rows)."""
        return []

    # Running.

    def make_context(self, info_name: str | None, args: list[str], parent: Context | None = None,
                     **extra: Any) -> Context:
        """Take a command line apart and return the context to invoke the command with."""
        for key, value in self.context_settings.items():
            extra.setdefault(key, value)
        extra.setdefault("allow_extra_args", self.allow_extra_args)
        extra.setdefault("ignore_unknown_options", self.ignore_unknown_options)
        ctx = self.context_class(self, info_name=info_name, parent=parent, **extra)
        with ctx.scope(cleanup=False):
            self.parse_args(ctx, [word if isinstance(word, str) else str(word) for word in args])  # tests give numbers
        return ctx

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Give the parameters their values; what is left is `ctx.args`."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            from .terminal import echo

            echo(ctx.get_help(), color=ctx.color, err=True)
            ctx.exit(2)
        from .parsing import take_apart

        params = self.get_params(ctx)
        given, ctx.args = take_apart(ctx, params, args)
        self._give_values(ctx, params, given)
        return ctx.args

    def _give_values(self, ctx: Context, params: list[Parameter], given: list[tuple[Any, Any]]) -> None:
        """Hand each parameter its value: eager ones first, then in the order of the command line."""
        values: dict[Any, Any] = {}
        for param, value in given:
            if getattr(param, "count", False):
                values[param] = values.get(param, 0) + 1
            elif param.multiple:
                values.setdefault(param, []).append(value)
            else:
                values.pop(param, None)  # of several flags for one name the last counts
                values[param] = value
        order = list(values)
        for param in sorted(params, key=lambda p: (not p.is_eager, order.index(p) if p in values else len(order))):
            param.handle_value(ctx, values.get(param, UNSET))

    def invoke(self, ctx: Context) -> Any:
        """Run the command's function with the parameters of a context."""
        if self.deprecated:
            from .terminal import secho

            secho(f"DeprecationWarning: The command {self.name!r} is deprecated.", fg="red", err=True)
        if self.callback is not None:
            return ctx.invoke(self.callback, **ctx.params)
        return None

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
             standalone_mode: bool = True, **extra: Any) -> Any:
        """Run a command line, by default the program's, and end the program with its exit status.

        :param standalone_mode: False returns the function's value and lets the exceptions through.
        """
        words = sys.argv[1:] if args is None else list(args)
        prog_name = prog_name or program_name()
        variable = complete_var or "_MINFLASK_COMPLETE"
        if standalone_mode and os.environ.get(variable):
            from .completion import answer_shell

            answer_shell(self, prog_name, variable, extra)
        if not standalone_mode:
            return self._run(words, prog_name, extra)
        sys.exit(self._run_standalone(words, prog_name, extra))

    def _run(self, words: list[str], prog_name: str, extra: dict[str, Any]) -> Any:
        try:
            with self.make_context(prog_name, words, **extra) as ctx:
                return self.invoke(ctx)
        except Exit as exit:
            return exit.exit_code

    def _run_standalone(self, words: list[str], prog_name: str, extra: dict[str, Any]) -> int:
        """Run, tell the user of errors, and return the exit status."""
        from .terminal import echo

        try:
            with self.make_context(prog_name, words, **extra) as ctx:
                self.invoke(ctx)
            return 0
        except Exit as exit:
            return exit.exit_code
        except ClickException as error:
            error.show()
            return error.exit_code
        except (Abort, EOFError, KeyboardInterrupt):
            echo("Aborted!", err=True)
            return 1
        except BrokenPipeError:  # the reader of our output has gone, as `head` does
            sys.stdout = open(os.devnull, "w")
            return 1

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.main(*args, **kwargs)


class Group(Command):
    """A command that holds others: `group.command()` and `group.group()` add some.

    :param invoke_without_command: run the group's function also where no command is named.
    """

    allow_extra_args = True
    allow_interspersed_args = False
    command_class: type[Command] | None = None
    group_class: Any = None

    def __init__(self, name: str | None = None, commands: Any = None, invoke_without_command: bool = False,
                 no_args_is_help: bool | None = None, subcommand_metavar: str | None = None, **attrs: Any) -> None:
        super().__init__(name, no_args_is_help=not invoke_without_command if no_args_is_help is None
                         else no_args_is_help, **attrs)
        self.commands: dict[str, Command] = ({command.name: command for command in commands}
                                             if isinstance(commands, (list, tuple)) else dict(commands or {}))
        self.invoke_without_command = invoke_without_command
        self.subcommand_metavar = subcommand_metavar or "COMMAND [ARGS]..."

    def add_command(self, cmd: Command, name: str | None = None) -> None:
        """Add a command, under its own name or another."""
        name = name or cmd.name
        if name is None:
            raise TypeError("The command has no name.")
        self.commands[name] = cmd

    def command(self, *args: Any, **kwargs: Any) -> Any:
        """Make the decorated function a command of this group."""
        from .decorators import command

        return self._adding(command, self.command_class, args, kwargs)

    def group(self, *args: Any, **kwargs: Any) -> Any:
        """Make the decorated function a group within this one."""
        from .decorators import group

        return self._adding(group, type(self) if self.group_class is type else self.group_class, args, kwargs)

    def _adding(self, make: Any, cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = None
        if args and callable(args[0]):
            function, args = args[0], ()
        if cls is not None:
            kwargs.setdefault("cls", cls)

        def decorator(f: Callable[..., Any]) -> Any:
            made = make(*args, **kwargs)(f)
            self.add_command(made)
            return made
        return decorator if function is None else decorator(function)

    def get_command(self, ctx: Context, name: str) -> Command | None:
        """Return a command by its name, or None. May be overridden."""
        return self.commands.get(name)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of the commands, sorted. May be overridden."""
        return sorted(self.commands)

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), self.subcommand_metavar]

    def command_sections(self, ctx: Context) -> list[tuple[str, list[tuple[str, str]]]]:
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, command.get_short_help_str(200)))
        return [("Commands", rows)] if rows else []

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Return (name, command, the rest of the words); an unknown name is an error that names the nearest."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            ctx.fail(f"No such command '{name}'.{did_you_mean(lookalikes(name, self.list_commands(ctx))[:1])}")
        return (name if command else None), command, rest

    def invoke(self, ctx: Context) -> Any:
        """Run the group's own function, then the command that was named."""
        words = ctx.args
        if not words:
            if self.invoke_without_command:
                return super().invoke(ctx)
            ctx.fail("Missing command.")
        ctx.args = []
        with ctx:
            name, command, rest = self.resolve_command(ctx, words)
            ctx.invoked_subcommand = name
            super().invoke(ctx)
            if command is None:
                return None
            with command.make_context(name, rest, parent=ctx) as inner:
                return inner.command.invoke(inner)


class CommandCollection(Group):
    """Several groups shown as one; a name is taken from the first that has it."""

    def __init__(self, name: str | None = None, sources: list[Group] | None = None, **attrs: Any) -> None:
        super().__init__(name, **attrs)
        self.sources = sources or []

    def add_source(self, group: Group) -> None:
        """Add a group."""
        self.sources.append(group)

    def get_command(self, ctx: Context, name: str) -> Command | None:
        sources: list[Any] = [super(), *self.sources]
        found = (source.get_command(ctx, name) for source in sources)
        return next((command for command in found if command is not None), None)

    def list_commands(self, ctx: Context) -> list[str]:
        return sorted({*self.commands, *(name for source in self.sources for name in source.list_commands(ctx))})


BaseCommand, MultiCommand = Command, Group


def program_name() -> str:
    """Return the name that this program is called by: `python -m package`, or the script's."""
    main = sys.modules.get("__main__")
    package = getattr(main, "__package__", None)
    path = sys.argv[0] if sys.argv else ""
    if package and os.path.basename(path) == "__main__.py":
        return f"python -m {package}"
    return os.path.basename(path) or "python"
