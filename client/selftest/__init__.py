"""The conformance kit: plays an orchestrator against any agent server, and says what holds of the contract."""
