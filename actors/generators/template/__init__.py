"""The generator `template`: a small, runnable Node app whose subject comes from the prompt's words; no model is asked.

- `understand`: the prompt as an `Idea`, a pure function; `phrase` and `topics` are what it knows about words.
- `render`: the idea as files; what they are made from is under `files`.
- `generator`: writes them, and says what it does.
"""
