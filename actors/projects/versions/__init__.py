"""The versions of a project: what its source was after each change, outside of the project's reach.

A store of our own, and not git, for these reasons:

- A git repository is an interpreter of its own configuration: hooks, filters, `core.fsmonitor`, `core.sshCommand`,
  alternates, attributes, submodules. Each would have to be found and disabled, in each version of git, for a working
  tree that a hostile program fills.
- git follows the working tree's own `.gitignore` and `.gitattributes`: the project would decide what is kept of it.
- git has to be installed, is started as a process for each call, and refuses or repairs directories by rules that
  change (`safe.directory`, "dubious ownership").
- What is needed is little: keep, list, compare, put back, drop.

How it is: contents by their SHA-256 (`blobs`), a *tree* for each state (`entries`; a blob too, so that equal states
share it), and a small JSON header for each version (`headers`). A header is written last, and durably; so whatever ends
the process, what can be seen is whole. Versions are a line: restoring an old one appends a new one.

Everything here blocks: run it in a thread.
"""
