"""The environment of npm outside of any sandbox: what people tell npm there has to reach it."""

import os
from collections.abc import Mapping
from typing import Optional

from actors.processes.environment import base_environment

EXTRA_CA = "NODE_EXTRA_CA_CERTS"
"""Names the file of certificates that Node trusts besides its own: there is one where a proxy looks into TLS."""

RETRIES = ("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=3000")
"""Of a request that failed: else a registry that is not there is waited for for more than a minute."""

_PASSED = frozenset({EXTRA_CA, "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
_SETTING = "npm_config_"


def npm_environment(source: Optional[Mapping[str, str]] = None) -> dict[str, str]:
    """Return a complete environment for npm: the basic one, npm's own variables, proxies and certificates.

    Args:
        source: Where the variables come from: the server's own environment when it is not given.
    """
    source = os.environ if source is None else source
    passed = {name: value for name, value in source.items() if _is_for_npm(name)}
    return base_environment(passed, source)


def _is_for_npm(name: str) -> bool:
    return name.upper() in _PASSED or name.lower().startswith(_SETTING)
