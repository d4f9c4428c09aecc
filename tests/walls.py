"""The walls of the house: each looks at one source text and tells what breaks it."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
FACT, DECISION, CARRIER, CONDUCTOR, DOOR = range(5)
# Longest name first found counts; what is not here has no floor yet.
FLOORS = {
    "agent.errors": FACT,
    "agent.at": FACT,
    "agent.sim": FACT,
    "agent.ports": DECISION,
    "agent.service.progress": DECISION,
    "agent.slots": DECISION,
    "agent.modems.notes": DECISION,
    "agent.modems.notes_read": DECISION,
    "agent.modems.at_ports": DECISION,
    "agent.modems.greet": DECISION,
    "agent.modems.foreign": DECISION,
    "agent.modems.files": DECISION,
    "agent.modems.presence": DECISION,
    "agent.modems.numbers": DECISION,
    "agent.modems.identify": DECISION,
    "agent.modems.transcripts": DECISION,
    "agent.modems.pseudonyms": DECISION,
    "agent.modems.scrub": DECISION,
    "agent.modems.scrub_files": DECISION,
    "agent.modems.tape": DECISION,
    "agent.modems.rehearsal": DECISION,
    "agent.modems.conclusion": DECISION,
    "agent.modems.dialogue": DECISION,
    "agent.modems.harmless": DECISION,
    "agent.modems.replay": DECISION,
    "agent.modems.pin": DECISION,
    "agent.modems.recovery": DECISION,
    "agent.modems.enquiry": DECISION,
    "agent.sync.request": DECISION,
    "agent.sync.answers": DECISION,
    "agent.sync.strict": DECISION,
    "agent.sync.agreement": DECISION,
    "agent.sync.rows": DECISION,
    "agent.sync.changes": DECISION,
    "agent.sync.sound": DECISION,
    "agent.sync.seal": DECISION,
    "agent.modems.tally": DECISION,
    "agent.metrics.facts": DECISION,
    "agent.metrics.families": DECISION,
    "agent.metrics.port": CARRIER,
    "agent.metrics.textfile": CARRIER,
    "agent.modems": CARRIER,
    "agent.sync": CARRIER,
    "agent.control": CARRIER,
    "agent.service.notify": CARRIER,
    "agent.service.journal": CARRIER,
    "agent.settings": CONDUCTOR,
    "agent.doctor.finding": DECISION,
    "agent.doctor.host": DECISION,
    "agent.doctor": CONDUCTOR,
    "agent.keeping.seen": DECISION,
    "agent.keeping": CONDUCTOR,
    "agent.lights": CONDUCTOR,
    "agent.metrics": CONDUCTOR,
    "agent.strays": CONDUCTOR,
    "agent.owing": CONDUCTOR,
    "agent.gateway": CONDUCTOR,
    "agent.service": CONDUCTOR,
    "agent.requests": CONDUCTOR,
    "agent.watch": DECISION,
    "agent.watch.canvas": CARRIER,
    "agent.watch.terminal": CARRIER,
    "agent.watch.show": CARRIER,
    "agent.watch.picture": CARRIER,
    "agent.stories": CONDUCTOR,
    "agent.cli": DOOR,
}
HW_MAY_SEE = ("agent.ports", "agent.errors", "agent.modems.notes", "agent.sim", "agent.doctor.host")
# What reaches the world, a clock or chance.
WORLD = {
    *("asyncio", "concurrent", "multiprocessing", "queue", "select", "selectors", "signal", "subprocess", "threading"),
    *("fcntl", "glob", "io", "logging", "os", "pathlib", "pty", "shutil", "sqlite3", "sys", "tempfile", "termios", "tty"),
    *("http.client", "http.server", "socket", "ssl", "urllib.request", "random", "sched", "secrets", "time"),
    *("aiohttp", "click", "gpiozero", "lgpio", "serial", "serial_asyncio", "sqlite_utils"),
}
WORLDLY_CALLS = {"open", "print", "input", "now", "today", "utcnow"}
# Which files may import a library; what is not here is no dependency.
LIBRARIES = {
    "serial": ("hw/tty.py",),
    "serial_asyncio": ("hw/tty.py",),
    "gpiozero": ("hw/gpio.py", "hw/claimed.py", "hw/pins.py", "hw/supply.py", "hw/board.py"),
    "aiohttp": ("agent/sync/wire.py", "agent/metrics/port.py", "hw/simulated/endpoint.py"),
    "sqlite3": ("agent/sync/database.py",),
    "sqlite_utils": tuple(f"agent/sync/{name}.py" for name in ("database", "schema", "outbox", "cards", "ledger")),
    "phonenumbers": ("agent/sim/plan.py",),
    "click": ("agent/cli/",),
    "prometheus_client": ("agent/metrics/families.py",),
    "rich": ("agent/watch/", "agent/cli/watching.py", "agent/cli/demo/picture.py"),
}
FAMILY = {"serial_asyncio": "serial"}
MAKERS = re.compile(
    "quectel|simcom|huawei|zte|sierra|telit|u-?blox|cinterion|gemalto|thales|fibocom|neoway|wavecom|motorola|sony|ericsson|nokia|siemens"
    "|samsung|qualcomm|mediatek|airm2m|openluat|meig|longcheer|alcatel|novatel|franklin|netgear|d-link|gosuncn|longsung|sequans",
    re.IGNORECASE,
)
FILE_LINES, FUNCTION_LINES = 300, 50


def module_of(path: str) -> str:
    """`agent/sync/request.py` -> `agent.sync.request`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def floor(module: str) -> int | None:
    """The floor of a module or of a name in one; None = has none."""
    while module not in FLOORS and "." in module:
        module = module.rpartition(".")[0]
    return FLOORS.get(module)


def imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Every import, also inside functions: its line and the whole dotted name."""
    package = module_of(path) if path.endswith("__init__.py") else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if node.level else []
            base = [*parts[: len(parts) - node.level + 1], *filter(None, [node.module])]
            yield from ((node.lineno, ".".join([*base, name.name])) for name in node.names)


def circle(sources: Mapping[str, str]) -> list[str]:
    """Modules that need each other in a ring, first and last the same; empty: there is none."""
    modules = {module_of(path) for path in sources}
    needs = {module_of(path): {_module_in(modules, name) for _, name in imports(path, source)} for path, source in sources.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _module_in(modules: Set[str], name: str) -> str:
    while name not in modules and "." in name:
        name = name.rpartition(".")[0]
    return name


def within(name: str, prefixes: tuple[str, ...] | set[str]) -> bool:
    """Whether a dotted name is one of `prefixes` or lies below one."""
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


def floors(path: str, source: str) -> Iterator[str]:
    """facts <- decisions <- carriers (not each other) <- conductor <- door; `agent` meets `hw` at the door alone."""
    module = module_of(path)
    if not within(module, {"agent"}) or path == "agent/__init__.py":
        return
    mine = floor(module)
    if mine is None:
        yield f"{path}: has no floor; give it one in tests/walls.py"
        return
    for line, name in imports(path, source):
        if within(name, {"hw"}) and mine != DOOR:
            yield f"{path}:{line}: {name} may be met in agent/cli alone"
        if not within(name, {"agent"}) or name in ("agent", "agent.VERSION"):
            continue
        theirs = floor(name)
        if path.endswith("__init__.py") or theirs is None or theirs > mine:
            yield f"{path}:{line}: {name} stands on a higher floor, or on none"
        elif mine == theirs == CARRIER and name.split(".")[1] != module.split(".")[1]:
            yield f"{path}:{line}: carriers do not import each other: {name}"


def purity(path: str, source: str) -> Iterator[str]:
    """Facts and decisions know no world and no clock."""
    if not within(module_of(path), {"agent"}) or floor(module_of(path)) not in (FACT, DECISION):
        return
    yield from (f"{path}:{line}: {name} in what must be pure" for line, name in imports(path, source) if within(name, WORLD))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if called in WORLDLY_CALLS:
                yield f"{path}:{node.lineno}: {called}() in what must be pure"


def hardware(path: str, source: str) -> Iterator[str]:
    """`hw` sees the ports, errors, notes and SIMs of `agent`, and one library per file."""
    if not path.startswith("hw/"):
        return
    found = dict(enumerate(imports(path, source)))
    for line, name in found.values():
        if within(name, {"agent"}) and not within(name, HW_MAY_SEE):
            yield f"{path}:{line}: {name} is none of {', '.join(HW_MAY_SEE)}"
    roots = {name.partition(".")[0] for _, name in found.values()}
    used = {FAMILY.get(root, root) for root in roots & set(LIBRARIES)}
    if len(used) > 1:
        yield f"{path}: more than one library: {', '.join(sorted(used))}"


def libraries(path: str, source: str) -> Iterator[str]:
    """A library is imported by its own files alone, and only a dependency is imported at all."""
    for line, name in imports(path, source):
        root = name.partition(".")[0]
        if root in LIBRARIES:
            if not any(path == owner or (owner.endswith("/") and path.startswith(owner)) for owner in LIBRARIES[root]):
                yield f"{path}:{line}: {root} belongs to {', '.join(LIBRARIES[root])}"
        elif root not in sys.stdlib_module_names and root not in ("agent", "hw"):
            yield f"{path}:{line}: {root} is no dependency"


def makers(path: str, source: str) -> Iterator[str]:
    """No maker of modems is named in code or comment: they live in notes."""
    for line, text in enumerate(source.splitlines(), 1):
        if found := MAKERS.search(text):
            yield f"{path}:{line}: {found[0]}"


def lengths(path: str, source: str) -> Iterator[str]:
    """Files and functions that have outgrown a room."""
    if (lines := len(source.splitlines())) > FILE_LINES:
        yield f"{path}: {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines"


def docstrings(path: str, source: str) -> Iterator[str]:
    """Public modules, classes, functions and methods say what they are; a method that ports.py promises need not repeat it."""
    promised = set(re.findall(r"def (\w+)", (ROOT / "agent/ports.py").read_text("utf-8"))) if path.startswith("hw/") else set()

    def look(node: ast.Module | ast.ClassDef, where: str) -> Iterator[str]:
        if not ast.get_docstring(node):
            yield where
        for inner in node.body:
            if isinstance(inner, ast.ClassDef) and not inner.name.startswith("_"):
                yield from look(inner, f"{path}:{inner.lineno}: {inner.name}")
            elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
                repeats = isinstance(node, ast.ClassDef) and inner.name in promised
                if not ast.get_docstring(inner) and not repeats:
                    yield f"{path}:{inner.lineno}: {inner.name}"

    yield from (f"{breach} has no docstring" for breach in look(ast.parse(source), path))
