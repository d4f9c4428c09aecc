"""The slot machine as a picture: a Mermaid state diagram drawn from TABLE."""

from agent.slots.slot import ENTRY, TABLE, first


def mermaid() -> str:
    """stateDiagram-v2: what each state does, where a slot begins, one arrow per pair of states with the events that lead along it."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state.value} : {state.value} / {effect.name}" for state, effect in ENTRY.items()]
    lines += [f"    [*] --> {first(has_line=line).state.value} : {'with' if line else 'without'} a line" for line in (True, False)]
    for state, arrows in TABLE.items():
        for goal in dict.fromkeys(arrows.values()):
            events = ", ".join(event.__name__ for event, to in arrows.items() if to is goal)
            lines.append(f"    {state.value} --> {goal.value} : {events}")
    return "\n".join(lines) + "\n"
