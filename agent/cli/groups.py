"""Groups of verbs whose help tells what each is for in a whole sentence."""

import click


class Told(click.Group):
    """As click's own, which would cut the sentences."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Each verb with the first sentence of its help, in the order of the code."""
        rows = [(name, first_sentence(self.commands[name])) for name in self.commands]
        with formatter.section("Verbs"):
            formatter.write_dl(rows)


def first_sentence(command: click.Command) -> str:
    """What it is for."""
    paragraph = " ".join((command.help or "").partition("\n\n")[0].split())
    return f"{paragraph.partition('. ')[0].rstrip('.')}."
