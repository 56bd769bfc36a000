"""A stand-in of the Anthropic Messages API on loopback: a program of its own, standard library only.

    python -m tests.standins.messages_api [--port N] [--log FILE] [--scripts DIR]... [--always NAME] [--alone]

It prints one JSON line, `{"port": ..., "pid": ...}`, listens on 127.0.0.1, and ends when its stdin does. With `--alone`
it leaves the machine's network first: see `alone`. What it answers is a script, a JSON list of answers (see `script`)
in a file `NAME.json` of one of the directories, or of its own `scripts/`, that is read when it is asked for. The prompt
names it, with a word `scenario=NAME`; the newest one in the conversation counts. Each request takes the next answer, a
retry too. Each request is logged as one JSON line: see `log`.
"""
