"""The dashboard and the alerts that come with simgate: right in themselves, and about metrics that there are."""

import json
import re
from pathlib import Path
from typing import Any

from scraped import needs_promtool, promtool, read
from test_metrics_text import FACTS

from agent.metrics.families import text

ROOT = Path(__file__).parents[1]
ALERTS = ROOT / "agent/metrics/alerts.yml"
CASES = ROOT / "tests/alerts.yml"
DASHBOARD: dict[str, Any] = json.loads((ROOT / "agent/metrics/dashboard.json").read_text("utf-8"))
TOLD = read(text(FACTS).decode())
NAMES = TOLD.names | {name for name, _ in TOLD.samples}
LABELS = {label for _, labels in TOLD.samples for label, _ in labels} | {"job", "instance"}


def expressions() -> list[str]:
    """Every query of the dashboard."""
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def alerts() -> list[str]:
    """The expression of every alert."""
    return re.findall(r"^ +expr: (.+)$", ALERTS.read_text("utf-8"), re.MULTILINE)


def test_every_metric_that_is_asked_for_is_told() -> None:
    asked = {name for one in [*expressions(), *alerts()] for name in re.findall(r"\bsimgate_\w+", one)}
    assert asked - NAMES == set()
    assert len(asked) > 15


def test_every_metric_that_is_told_is_shown() -> None:
    shown = {name for one in expressions() for name in re.findall(r"\bsimgate_\w+", one)}
    whole = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in NAMES} - whole == set()


def test_every_label_that_is_asked_for_is_there() -> None:
    asked = {label for one in [*expressions(), *alerts()] for label in re.findall(r'(\w+) ?[=!]~?"', one)}
    asked |= {
        label
        for one in [*expressions(), *alerts()]
        for several in re.findall(r"\b(?:by|on) \(([^)]*)\)", one)
        for label in several.split(", ")
    }
    assert asked - LABELS == set()


def test_every_panel_has_a_place_of_its_own() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert taken.setdefault(place, panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_alert_says_what_to_do_and_is_raised_once_in_a_test() -> None:
    whole = ALERTS.read_text("utf-8")
    names = re.findall(r"alert: (\w+)", whole)
    assert (
        len(set(names))
        == len(names)
        == len(alerts())
        == whole.count("summary: ")
        == whole.count("description: ")
        == whole.count("severity: ")
    )
    raised = set(re.findall(r"alertname: (\w+)\n +exp_alerts:", CASES.read_text("utf-8")))
    assert set(names) - raised == set()


@needs_promtool
def test_promtool_takes_the_alerts() -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", str(ALERTS))


@needs_promtool
def test_the_alerts_are_raised_when_they_should_be_and_not_before() -> None:
    promtool("test", "rules", str(CASES))


@needs_promtool
def test_promtool_takes_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{turn}", "expr": one.replace("$instance", ".+")} for turn, one in enumerate(expressions())]
    (tmp_path / "asked.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(tmp_path / "asked.yml"))
