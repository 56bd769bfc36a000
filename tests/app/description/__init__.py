"""Tests of what the API's description says beyond what spectree makes of the routes."""
