"""OpenTelemetry traces, where they are wanted: the extra `callboard[telemetry]`, and the setting `otlp_endpoint`."""

from app.telemetry.opening import open_telemetry
from app.telemetry.requests import TracedApp

__all__ = ["TracedApp", "open_telemetry"]
