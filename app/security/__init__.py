"""Who may do what, as a pure policy: no I/O, no framework, one answer for HTTP, for upgrades and for the upload."""

from app.security.caller import Caller, caller_of_request, caller_of_scope
from app.security.judge import (
    LOOPBACK_NAMES,
    Denial,
    is_own_origin,
    is_public,
    judge,
    judge_host,
    judge_token,
    needs_token,
)
from app.security.policy import Policy, check_binding, is_listed_origin

__all__ = [
    "LOOPBACK_NAMES",
    "Caller",
    "Denial",
    "Policy",
    "caller_of_request",
    "caller_of_scope",
    "check_binding",
    "is_listed_origin",
    "is_own_origin",
    "is_public",
    "judge",
    "judge_host",
    "judge_token",
    "needs_token",
]
