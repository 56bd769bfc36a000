"""A browser, as far as it decides what a page gets: what it says of a request's origin, and what it does with answers.

By the standards: Fetch (CORS, CORP, nosniff), Content Security Policy 3, RFC 7034. Only what the rows need.
"""

import httpx

EVIL = "https://evil.example"
_JAVASCRIPT = ("text/javascript", "application/javascript")
_PAGES = ("text/html", "image/svg+xml", "text/xml", "application/xml", "application/xhtml+xml")


def from_page(origin: str = EVIL, site: str = "cross-site", mode: str = "cors", dest: str = "empty") -> dict[str, str]:
    """What a browser adds to a request of a page; without an origin when it is one that has none to tell."""
    told = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
    return {**told, **({"origin": origin} if origin else {})}


def may_read(answer: httpx.Response, origin: str = EVIL) -> bool:
    """Whether a page of another origin gets to read an answer to `fetch`."""
    return answer.is_success and answer.headers.get("access-control-allow-origin") in ("*", origin)


def may_embed(answer: httpx.Response) -> bool:
    """Whether a page of another site may load it as a picture, a script or a medium."""
    return bool(answer.headers.get("cross-origin-resource-policy", "cross-origin") == "cross-origin")


def may_frame(answer: httpx.Response) -> bool:
    """Whether a page of another site may show it in a frame."""
    policies = answer.headers.get_list("content-security-policy", split_commas=True)
    directives = [part.split() for policy in policies for part in policy.split(";")]
    ancestors = [words[1:] for words in directives if words[:1] == ["frame-ancestors"]]
    if ancestors:
        return all("*" in sources for sources in ancestors)
    return "x-frame-options" not in answer.headers


def runs_as_page(answer: httpx.Response) -> bool:
    """Whether it runs scripts as a page of the server's own origin when it is opened."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    page = kind in _PAGES or (_sniffs(answer) and kind in ("", "text/plain"))
    return page and not _is_sandboxed(answer) and not answer.headers.get("content-disposition", "").startswith("attach")


def runs_as_script(answer: httpx.Response) -> bool:
    """Whether `<script src>` runs it."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return kind in _JAVASCRIPT or (_sniffs(answer) and not kind.startswith(("image/", "audio/", "video/")))


def runs_markup(answer: httpx.Response) -> bool:
    """Whether somebody's words run as a script, if the page has a hole through which they become its markup.

    As they would with `innerHTML`: `<img src=x onerror=...>` is such a script, and an inline one to a policy.
    """
    policy = _policy(answer)
    sources = policy.get("script-src", policy.get("default-src", ["'unsafe-inline'"]))
    return "'unsafe-inline'" in sources and "require-trusted-types-for" not in policy


def names_itself(answer: httpx.Response) -> bool:
    """Whether a browser tells others the whole address of it; without a word on that, those before 2020 do."""
    return answer.headers.get("referrer-policy", "no-referrer-when-downgrade") in (
        "no-referrer-when-downgrade",
        "unsafe-url",
    )


def _policy(answer: httpx.Response) -> dict[str, list[str]]:
    """The one policy of a page."""
    parts = [part.split() for part in answer.headers.get("content-security-policy", "").split(";")]
    return {words[0]: words[1:] for words in parts if words}


def _sniffs(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("x-content-type-options", "").lower() != "nosniff")


def _is_sandboxed(answer: httpx.Response) -> bool:
    return any(
        policy.strip().startswith("sandbox") and "allow-same-origin" not in policy
        for policy in answer.headers.get_list("content-security-policy", split_commas=True)
    )
