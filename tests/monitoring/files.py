"""The files of `deploy/monitoring`, as the tests use them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.house.project import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
ALERTS = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
CONFIG = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")

NAMES = re.findall(r"^ +- alert: (\w+)$", ALERTS, re.MULTILINE)
"""Of all alerts, in their order."""

_DURATION = re.compile(r"(?<=\bfor: )(\d+)m\b|(?<=\[)(\d+)m(?=\])|(?<=\boffset )(\d+)m\b")
_AGE = re.compile(r"(?<=_seconds > )(\d+)$", re.MULTILINE)


def hurried(rules: str) -> str:
    """The same rules with a second for each minute: what is waited for, looked back at, and how old something may be.

    What is no time to be waited for stays as it is: shares, counts, and how long a commit takes.
    """
    quick = _DURATION.sub(lambda found: f"{found[1] or found[2] or found[3]}s", rules)
    return _AGE.sub(lambda found: f"{int(found[1]) / 60:g}", quick)


def config(folder: Path, targets: Sequence[str], token: str = "") -> Path:
    """Write the example of a configuration for these targets, with the hurried rules beside it.

    Args:
        folder: Where to; it has `alerts.yml` and the token's file afterwards.
        targets: Hosts with ports.
        token: What is sent.
    """
    (folder / "alerts.yml").write_text(hurried(ALERTS), encoding="utf-8")
    secret = folder / "callboard.token"
    secret.write_text(token or "none", encoding="ascii")
    text = CONFIG.replace("/etc/prometheus/callboard.token", str(secret)).replace("15s", "500ms")
    place = folder / "prometheus.yml"
    place.write_text(
        text.replace("- 127.0.0.1:3002", f"[{', '.join(targets)}]").replace("targets:\n          [", "targets: ["),
        encoding="utf-8",
    )
    return place


def dashboard() -> Any:
    """The dashboard."""
    return json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))


def panels() -> "list[dict[str, Any]]":
    """Its panels, without the rows' titles."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries(panel: "dict[str, Any]") -> list[str]:
    """What a panel asks, with its variables as Grafana would fill them in here."""
    return [filled(target["expr"]) for target in panel["targets"]]


def filled(expression: str) -> str:
    """A query with its variables filled in."""
    return expression.replace("$__rate_interval", "10s").replace("$instance", ".+")
