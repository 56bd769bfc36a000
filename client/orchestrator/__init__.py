"""A reference orchestrator: what stands on the other side of the builder agent, for people to try and tests to drive.

- `main`: everything that it is made of, opened in one place; `settings` says what it can be told.
- `runs`, `messages`: what a run is, and what a message makes of it; pure. `board` keeps them, in `store` on disk.
- `service`: what can be done with runs; `agent` asks the builder agent, `watch` and `health` look how it goes.
- `commands`, `workspaces`: what is run in a workspace, as owned process trees; the only part that imports `actors`.
- `application`, `bodies`, `edge`, `serving`, `assets`: HTTP and the page.
- `round`, `following`: the whole round from a terminal.
"""
