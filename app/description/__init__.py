"""What the API's description says beyond what spectree makes of the routes; put together in `app/openapi.py`."""
