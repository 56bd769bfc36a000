"""How Sphinx builds the site; `tests/house/site/sources.py` puts the pages in place. Warnings are errors."""

from pathlib import Path

HERE = Path(__file__).parent

project = "Callboard"
author = "The Callboard developers"
language = "en"

extensions = ["myst_parser"]
root_doc = "index"
# As GitHub makes them, so that a link to a heading works in both places.
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]
# What is named but not found is an error, and so is what Pygments cannot read.
nitpicky = True

html_theme = "furo"
html_title = "Callboard"
html_static_path = [str(HERE / "static")]
html_css_files = ["callboard.css"]
html_favicon = str(HERE / "static" / "callboard.svg")
html_logo = html_favicon
_COLOURS = {
    "color-sidebar-link-text": "var(--color-foreground-secondary)",
    "color-sidebar-link-text--top-level": "var(--color-foreground-secondary)",
}
html_theme_options = {
    "light_css_variables": {**_COLOURS, "color-brand-primary": "#9a2f33", "color-brand-content": "#9a2f33"},
    "dark_css_variables": {**_COLOURS, "color-brand-primary": "#f3b15c", "color-brand-content": "#f3b15c"},
}
# The sources are the repository's, which has their history too.
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
# What a page says around a word is fetched, which browsers do not do for pages from the disk.
html_show_search_summary = False

# A few at a time, and not for ever: `./run site --external` asks the addresses of others.
linkcheck_ignore = [r"https?://(127\.0\.0\.1|localhost)[:/]"]
linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_workers = 4
linkcheck_anchors = False
