"""Which commands a generator may run: rules over the program and its arguments, with no shell between.

The rules say what is meant, give a reason and a way out, and leave a record. They do not protect anything by
themselves: who may run `pnpm run build` in a project, and may write its `package.json`, runs what they like. The
boundary is the sandbox.
"""
