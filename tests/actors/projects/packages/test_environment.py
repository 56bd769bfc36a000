"""What npm is told outside of any sandbox."""

from actors.projects.packages.environment import npm_environment


def test_what_is_for_npm_is_passed() -> None:
    """Its settings, certificates and proxies; no key of the server's own."""
    given = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "npm_config_registry": "https://registry.example/",
        "NPM_CONFIG_CAFILE": "/certificates.pem",
        "NODE_EXTRA_CA_CERTS": "/more.pem",
        "https_proxy": "http://proxy.example:8080",
        "ANTHROPIC_API_KEY": "key",
        "NODE_OPTIONS": "--require x",
        "CALLBOARD_TOKEN": "token",
    }
    assert npm_environment(given).keys() == given.keys() - {"ANTHROPIC_API_KEY", "NODE_OPTIONS", "CALLBOARD_TOKEN"}
