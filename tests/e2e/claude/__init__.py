"""Projects that Claude makes, on whole servers: with the SDK's real worker, against a stand-in of its API."""
