package org.example;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class ServerTest {
  @Test
  public void itSaysThatItIsWell() {
    assertEquals(200, Server.statusOf("/healthz"));
    assertEquals(404, Server.statusOf("/else"));
  }
}
