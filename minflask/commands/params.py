"""Options and arguments: how they are declared, and where their values come from.

A value is what the command line says, else the environment variable, else the
default of the context, else that of the parameter, else the answer to a prompt.
"""

from __future__ import annotations

import os

from .errors import BadParameter, MissingParameter, UsageError
from .types import BOOL, INT, ParamType, convert_type, label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .core import Context

UNSET: Any = type("Unset", (), {"__repr__": lambda self: "UNSET"})()
# Stands for the value of an option that was given without one, where that means to ask.
ASK: Any = type("Ask", (), {"__repr__": lambda self: "ASK"})()


class Parameter:
    """What options and arguments have in common.

    :param callback: called with (context, parameter, value); what it returns is the value.
    :param expose_value: whether the command's function gets the value.
    :param is_eager: handled before all others, whatever the order of the command line.
    :param envvar: an environment variable, or several, for the value.
    :param shell_complete: called with (context, parameter, what is typed so far) by a shell that completes; it
        returns words.
    """

    param_type_name = "parameter"
    multiple = False
    prompt: str | None = None

    def __init__(self, param_decls: Sequence[str] = (), type: Any = None, required: bool = False, default: Any = None,
                 callback: Callable[[Any, Any, Any], Any] | None = None, nargs: int | None = None,
                 metavar: str | None = None, expose_value: bool = True, is_eager: bool = False,
                 envvar: str | Sequence[str] | None = None, shell_complete: Any = None) -> None:
        self.name, self.opts, self.secondary_opts = self._parse_decls(list(param_decls))
        self.type: ParamType = convert_type(type, default)
        self.nargs = nargs if nargs is not None else self.type.arity
        self.required, self.default, self.callback = required, default, callback
        self.metavar, self.expose_value, self.is_eager = metavar, expose_value, is_eager
        self.envvar, self.shell_complete = envvar, shell_complete

    def _parse_decls(self, decls: list[str]) -> tuple[str, list[str], list[str]]:
        raise NotImplementedError

    @property
    def human_readable_name(self) -> str:
        return self.name

    def get_error_hint(self, ctx: Context | None = None) -> str:
        """Return what messages call the parameter."""
        return " / ".join(f"'{name}'" for name in self.opts or [self.human_readable_name])

    def make_metavar(self) -> str:
        """Return what stands for the value in help pages."""
        if self.metavar is not None:
            return self.metavar
        shown = self.type.get_metavar(self) or self.type.name.upper()
        return shown if self.nargs == 1 else f"{shown}..."

    # The value.

    def environment_names(self, ctx: Context) -> list[str]:
        """Return the environment variables that give the value, the first that is set counts."""
        if self.envvar is not None:
            return [self.envvar] if isinstance(self.envvar, str) else list(self.envvar)
        return []

    def value_from_environment(self, ctx: Context) -> Any:
        """Return the text of the environment variable, split where several values are wanted; else UNSET."""
        for name in self.environment_names(ctx):
            text = os.environ.get(name)
            if text:
                return self._split(text)
        return UNSET

    def _split(self, text: str) -> Any:
        """Split a text where several values are wanted; options with several values each get them in bunches."""
        if self.nargs == 1 and not self.multiple:
            return text
        values = self.type.split_envvar_value(text)
        if not self.multiple or self.nargs == 1:
            return values
        return [values[at:at + self.nargs] for at in range(0, len(values), self.nargs)]

    def get_default(self, ctx: Context, call: bool = True) -> Any:
        """Return the default: the context's, then the parameter's; a callable is called."""
        default = ctx.lookup_default(self.name)
        default = self.default if default is None else default
        return default() if call and callable(default) else default

    def find_value(self, ctx: Context, given: Any) -> Any:
        """Return the value as text or default, from where it is to be had; None for none."""
        source = "COMMANDLINE"
        if given is UNSET:
            given, source = self.value_from_environment(ctx), "ENVIRONMENT"
        if given is UNSET:
            given, source = self.get_default(ctx), "DEFAULT"
        ctx._sources[self.name] = source
        return given

    def type_cast_value(self, ctx: Context, value: Any) -> Any:
        """Convert what was found into the parameter's type."""
        if value is None:
            return () if self.multiple or self.nargs == -1 else None
        if self.multiple:
            return tuple(self._convert_one(ctx, item) for item in value)
        return self._convert_one(ctx, value)

    def _convert_one(self, ctx: Context, value: Any) -> Any:
        if self.nargs == 1 or self.type.is_composite:
            return self.type(value, self, ctx)
        if self.nargs > 1 and len(value) != self.nargs:
            raise BadParameter(f"{self.nargs} values are needed, and {len(value)} were given.", ctx, self)
        return tuple(self.type(item, self, ctx) for item in value)

    def process_value(self, ctx: Context, given: Any) -> Any:
        """Return the value: found, converted, checked, and gone through the callback."""
        value = self.type_cast_value(ctx, self.find_value(ctx, given))
        if self.required and (value is None or value == ()):
            choices = getattr(self.type, "choices", None)
            raise MissingParameter(f"Choose from: {', '.join(map(label, choices))}." if choices else "", ctx, self)
        return value if self.callback is None else self.callback(ctx, self, value)

    def handle_value(self, ctx: Context, given: Any) -> None:
        """Keep the value in `ctx.params`; of parameters that share a name, the one that was given counts."""
        if given is UNSET and ctx.params.get(self.name) is not None:
            return
        value = (self._value_or_none if ctx.resilient_parsing else self._located_value)(ctx, given)
        if self.expose_value:
            ctx.params[self.name] = value

    def _located_value(self, ctx: Context, given: Any) -> Any:
        try:
            return self.process_value(ctx, given)
        except UsageError as error:  # raised by a callback or a type, which need not know where it is
            error.set_context(ctx, self)
            raise

    def _value_or_none(self, ctx: Context, given: Any) -> Any:
        try:
            return self.process_value(ctx, given)
        except Exception:  # a command line that is not finished yet
            return None

    def get_usage_pieces(self) -> list[str]:
        """Return what the line of usage says of the parameter."""
        return []

    def get_help_record(self, ctx: Context) -> tuple[str, str] | None:
        """Return (names, help) for the help page, or None to leave it out."""
        return None


class Argument(Parameter):
    """A value by its place on the command line; required unless it has a default, or takes any number."""

    param_type_name = "argument"

    def __init__(self, param_decls: Sequence[str], required: bool | None = None, **attrs: Any) -> None:
        if required is None:
            required = attrs.get("default") is None and attrs.get("nargs", 1) != -1
        super().__init__(param_decls, required=required, **attrs)

    def _parse_decls(self, decls: list[str]) -> tuple[str, list[str], list[str]]:
        if len(decls) != 1:
            raise TypeError(f"An argument has one name, and {len(decls)} were given: {' '.join(decls)}.")
        return decls[0].replace("-", "_").lower(), [], []

    @property
    def human_readable_name(self) -> str:
        return self.metavar or self.name.upper()

    def get_error_hint(self, ctx: Context | None = None) -> str:
        return f"'{self.human_readable_name}'"

    def make_metavar(self) -> str:
        if self.metavar is not None:
            return self.metavar
        name = self.type.get_metavar(self) or self.name.upper()
        name = name if self.required or name[:1] == "[" else f"[{name}]"
        return name if self.nargs == 1 else f"{name}..."

    def get_usage_pieces(self) -> list[str]:
        return [self.make_metavar()]


class Option(Parameter):
    """A value by name: `--port 80`, `-p 80`, `--debug/--no-debug`.

    :param is_flag: without a value; told by a type of bool or a slash in the name.
    :param flag_value: what a flag stands for, True by default.
    :param multiple: may be given several times; the value is a tuple.
    :param count: counts how often it is given.
    :param prompt: ask for it where it is not given; True for a question made of the name.
    """

    param_type_name = "option"

    def __init__(self, param_decls: Sequence[str] = (), show_default: bool | str | None = None,
                 prompt: bool | str = False, confirmation_prompt: bool | str = False, prompt_required: bool = True,
                 hide_input: bool = False, is_flag: bool | None = None, flag_value: Any = None, multiple: bool = False,
                 count: bool = False, allow_from_autoenv: bool = True, type: Any = None, help: str | None = None,
                 hidden: bool = False, show_choices: bool = True, show_envvar: bool = False, **attrs: Any) -> None:
        if count:
            type, attrs["default"] = type or INT, attrs.get("default") or 0
        self.multiple, self.count = multiple, count
        super().__init__(param_decls, type=type, **attrs)
        if is_flag is None:
            is_flag = bool(flag_value is not None or self.secondary_opts)
        self.is_flag, self.flag_value, self.is_bool_flag = is_flag and not count, flag_value, False
        if self.is_flag:
            self._become_flag(type, "default" in attrs)
        self.show_default, self.help, self.hidden, self.show_envvar = show_default, help, hidden, show_envvar
        self.prompt = self.name.replace("_", " ").capitalize() if prompt is True else prompt or None
        self.confirmation_prompt, self.hide_input = confirmation_prompt, hide_input
        self.prompt_required, self.show_choices = prompt_required, show_choices
        self.allow_from_autoenv = allow_from_autoenv

    def flag_given_as(self, name: str | None) -> Any:
        """Return what the flag stands for when it is written so: `--debug`, or `--no-debug`."""
        return not self.flag_value if name in self.secondary_opts else self.flag_value

    @property
    def value_is_optional(self) -> bool:
        """Whether the option may be given without its value: that is `flag_value` then, or asked for."""
        return not self.is_flag and (self.flag_value is not None or bool(self.prompt) and not self.prompt_required)

    def _become_flag(self, type: Any, has_default: bool) -> None:
        """Settle what the flag stands for: True, unless a value was given for it."""
        self.flag_value = True if self.flag_value is None else self.flag_value
        self.is_bool_flag = isinstance(self.flag_value, bool)
        if type is None:
            self.type = BOOL if self.is_bool_flag else convert_type(None, self.flag_value)
        if self.is_bool_flag and not has_default and not self.required:
            self.default = False
        elif not self.is_bool_flag and self.default is True:  # of several flags for one name, the one without any
            self.default = self.flag_value

    def _parse_decls(self, decls: list[str]) -> tuple[str, list[str], list[str]]:
        opts: list[str] = []
        secondary: list[str] = []
        name = None
        for decl in decls:
            if decl.isidentifier():
                name = decl
                continue
            first, _, second = decl.partition(";" if decl[:1] == "/" else "/")
            opts += filter(None, [first.strip()])  # " /-S" is a name for no alone
            secondary += filter(None, [second.strip()])
        if not opts:
            raise TypeError(f"No options were defined: {decls!r} has no name that begins with a dash.")
        longest = max(opts, key=lambda opt: len(opt) - len(opt.lstrip("-")))
        return name or longest.lstrip("-").replace("-", "_").lower(), opts, secondary

    def environment_names(self, ctx: Context) -> list[str]:
        names = super().environment_names(ctx)
        if not names and self.allow_from_autoenv and ctx.auto_envvar_prefix:
            names = [f"{ctx.auto_envvar_prefix}_{self.name.upper()}"]
        return names

    def find_value(self, ctx: Context, given: Any) -> Any:
        value = super().find_value(ctx, given)
        if self.prompt and not ctx.resilient_parsing and (given is ASK or self._is_asked_for(ctx, given)):
            return self.prompt_for_value(ctx)
        return value

    def _is_asked_for(self, ctx: Context, given: Any) -> bool:
        return (self.prompt_required and given is UNSET and ctx.lookup_default(self.name) is None
                and self.value_from_environment(ctx) is UNSET)

    def prompt_for_value(self, ctx: Context) -> Any:
        """Ask the user for the value."""
        from .terminal import confirm, prompt

        default = self.get_default(ctx)
        if self.is_bool_flag:
            return confirm(str(self.prompt), bool(default))
        return prompt(str(self.prompt), default=default, type=self.type, hide_input=self.hide_input,
                      confirmation_prompt=self.confirmation_prompt, show_choices=self.show_choices,
                      value_proc=lambda answer: self.type_cast_value(
                          ctx, self._split(answer) if isinstance(answer, str) else answer))

    def get_help_record(self, ctx: Context) -> tuple[str, str] | None:
        if self.hidden:
            return None
        names = ", ".join(sorted(self.opts, key=lambda opt: opt.startswith("--")))
        if self.secondary_opts:
            names += f" / {', '.join(self.secondary_opts)}"
        if not self.is_flag and not self.count:
            names += f" {self.make_metavar()}"
        notes = list(self._notes(ctx))
        return names, "  ".join(filter(None, (self.help or "", f"[{'; '.join(notes)}]" if notes else "")))

    def _notes(self, ctx: Context) -> Any:
        if self.show_envvar and self.environment_names(ctx):
            yield f"env var: {', '.join(self.environment_names(ctx))}"
        default = self.get_default(ctx, call=False)
        shown = ctx.show_default if self.show_default is None else self.show_default
        if shown and default is not None and not (self.is_bool_flag and not self.secondary_opts and not default):
            yield f"default: {self._shown_default(default)}"
        limits = getattr(self.type, "describe", str)()
        if limits and not self.count:
            yield limits
        if self.required:
            yield "required"

    def _shown_default(self, default: Any) -> str:
        if isinstance(self.show_default, str):
            return f"({self.show_default})"
        if isinstance(default, (list, tuple)):
            return ", ".join(map(str, default))
        if self.is_bool_flag and self.secondary_opts:
            return (self.opts if default else self.secondary_opts)[0].lstrip("-")
        return "(dynamic)" if callable(default) else str(default)
