"""`./run site`: builds the site, and says where it is."""

import argparse
import logging
import os
import sys
from pathlib import Path

from tests.environments import NotHere
from tests.house.project import ROOT
from tests.house.site import BuildFailed, build

logger = logging.getLogger("site")


def main() -> None:
    """Build it; what is wrong ends the process with words and 1."""
    parser = argparse.ArgumentParser(prog="./run site", description="Build the documentation as a site.")
    parser.add_argument("directory", nargs="?", type=Path, default=ROOT / "site", help="where it goes; else site/")
    parser.add_argument(
        "--external", action="store_true", help="ask whether others' pages are there, and build nothing"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="site: %(message)s")
    try:
        build(
            options.directory,
            builder="linkcheck" if options.external else "html",
            repository=os.environ.get("SITE_REPOSITORY", ""),
        )
    except (NotHere, BuildFailed) as error:
        sys.exit(f"site: {error}")
    logger.info("every page of others is there" if options.external else f"{options.directory / 'index.html'}")


if __name__ == "__main__":
    main()
