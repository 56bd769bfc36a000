"""The project generator `template`: an app whose subject comes from the prompt's words; no model is asked.

- `rendering`: an idea as the files of an app in each of the starters; `files` has what only they need.
- `choosing`: which starter a prompt asks for.
- `remembering`: the idea again, from an app's own files.
- `changing`: what a follow-up changes about an idea.
- `turning`: whether a follow-up wants another kind of app.
- `generator`: makes the app with the project's tools, and says what it does.

What prompts mean, and the pages themselves, are `actors.generators.template`'s.
"""
