"""Who may do what: one answer for HTTP, for upgrades and for the upload.

The policy itself is pure (`judge.py`, `scopes.py`, `tokens.py`); `gate.py` knows the tokens as they are now and what is
open thanks to them, and `tokenfile.py` and `keeper.py` how they are kept.
"""

from app.security.access import Access, access_of, put_access
from app.security.caller import Caller, caller_of_request, caller_of_scope
from app.security.gate import REVOKED, Gate
from app.security.judge import (
    LOOPBACK_NAMES,
    Denial,
    is_own_origin,
    is_public,
    judge,
    judge_host,
    needs_token,
)
from app.security.policy import Policy, check_binding, is_listed_origin
from app.security.scopes import Scope, scope_of

__all__ = [
    "LOOPBACK_NAMES",
    "REVOKED",
    "Access",
    "Caller",
    "Denial",
    "Gate",
    "Policy",
    "Scope",
    "access_of",
    "caller_of_request",
    "caller_of_scope",
    "check_binding",
    "is_listed_origin",
    "is_own_origin",
    "is_public",
    "judge",
    "judge_host",
    "needs_token",
    "put_access",
    "scope_of",
]
