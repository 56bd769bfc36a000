"""The page in a browser, driven by Playwright against a real server; the tests are in JavaScript, beside."""
