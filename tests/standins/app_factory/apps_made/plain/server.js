const http = require("http");

const port = Number(process.env.PORT) || 5000;

http
  .createServer((request, response) => {
    if (request.url === "/api/health") {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ status: "ok" }));
      return;
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end("<!doctype html><title>NAME</title><h1>NAME</h1>");
  })
  .listen(port, "0.0.0.0", () => console.log(`NAME listens on ${port}`));
