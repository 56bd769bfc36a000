"""The actor runtime: supervisors, mailboxes, topics, a registry and admission."""
