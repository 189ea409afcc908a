"""The commands and their one-line helps. SHELL. Its one law: a command's module is imported when that command is called, and not before."""

from __future__ import annotations

import difflib
import importlib

import click

from finestream import __version__

# name -> (module, help). The module's `command` is a click command; it may return an exit code.
COMMANDS = {
    "claude": ("finestream.cli.claude", "Run Claude Code behind the monitor."),
    "monitor": ("finestream.cli.monitor", "Run the monitor alone and print its address."),
    "doctor": ("finestream.cli.doctor", "Say what is wrong with an installation, and mend it."),
    "install": ("finestream.cli.install", "Install hooks, agents and workflows into a project."),
    "uninstall": ("finestream.cli.uninstall", "Take out what was installed, to the byte."),
    "run": ("finestream.cli.run", "Run a workflow whose agents hand on what is finished."),
    "simulate": ("finestream.cli.simulate", "Run an offline Messages API, with faults on demand."),
    "repair": ("finestream.cli.repair", "Correct one malformed tool input, or say why not."),
    "agents": ("finestream.cli.agents", "List, show and check agents."),
    "workflows": ("finestream.cli.workflows", "List, show and check workflows."),
    "watch": ("finestream.cli.watch", "Watch tool inputs while they are written."),
    "logs": ("finestream.cli.logs", "Tell what happened to the tool calls of a project."),
    "dashboard": ("finestream.cli.dashboard", "Show how well streaming works in a project."),
    "metrics": ("finestream.cli.metrics", "Write the dashboard's figures as JSON, or prove them."),
    "check": ("finestream.cli.check", "Tell what the monitor would have seen in a captured stream."),
    "statusline": ("finestream.cli.statusline", "Print a line for Claude Code's status line."),
    "bench": ("finestream.cli.bench", "Measure what handing on early brings."),
    "exam": ("finestream.cli.exam", "Examine a gateway: real sessions, an API that breaks."),
    "demo": ("finestream.cli.demo", "See the recoveries at work, offline."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            ctx.fail(f"No such command '{name}'." + (f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(COMMANDS)}."))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="finestream", message="%(prog)s %(version)s")
def group() -> None:
    """Watch the streamed tool inputs of Claude Code, mend what breaks, continue what was cut."""
