"""The server: HTTP, WebSockets and the composition of everything behind them."""
