"""The legend of the LEDs, drawn from the table of patterns: for the README, for `simgate led legend`."""

from agent.slots.patterns import BREATH, SHORT, Pattern, lit

STILL = f"An LED that stands still for longer than {BREATH:g} seconds, lit or dark, is driven by nobody: simgate has stopped or hangs."


def picture(shown: Pattern) -> str:
    """One round, a letter for a quarter of a second: # lit, . dark."""
    return "".join("#" if lit(shown, turn * SHORT) else "." for turn in range(round(BREATH / SHORT)))


def rows() -> list[dict[str, str]]:
    """Every pattern: its name in `simgate status --json`, picture, colour, meaning, what to do."""
    return [
        {
            "led": shown.name.lower(),
            "picture": picture(shown),
            "colour": shown.value.colour.value,
            "means": shown.value.means,
            "do": shown.value.do,
        }
        for shown in Pattern
    ]


def markdown() -> str:
    """The legend as it stands in the README."""
    lines = ["| LED, five seconds | colour | `led` | means | do |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| `{row['picture']}` | {row['colour']} | `{row['led']}` | {row['means']} | {row['do']} |" for row in rows()]
    return "\n".join([*lines, "", STILL]) + "\n"
