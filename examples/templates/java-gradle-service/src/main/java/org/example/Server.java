package org.example;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;

public final class Server {
  private Server() {}

  static int statusOf(String path) {
    return path.equals("/healthz") ? 200 : 404;
  }

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(statusOf(exchange.getRequestURI().getPath()), -1);
      exchange.close();
    });
    server.start();
  }
}
