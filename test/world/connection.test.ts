import { describe, expect, it } from "vitest";
import { type Duration, milliseconds, seconds } from "../../engine/base/units.ts";
import { LinkError } from "../../engine/world/connection.ts";
import { Stage } from "./stage.ts";

const wild = { minimum: milliseconds(1), median: milliseconds(5), sigma: 1 };

describe("a connection", () => {
  it("takes two round trips to make", () => {
    const stage = new Stage();
    stage.run("server", (daemon) => daemon.listen(1, () => stage.say("accepted")));
    stage.run("client", (daemon) => {
      daemon.spawn(
        "dial",
        (function* () {
          yield* daemon.dial({ host: "server", port: 1 });
          stage.say("connected");
        })(),
      );
    });
    stage.until(1);
    expect(stage.diary).toEqual(["0.003 accepted", "0.004 connected"]);
  });

  it("delivers in the order sent whatever the delays drawn, none before the minimum", () => {
    const stage = new Stage({ latency: { sameHost: wild, sameZone: wild, crossZone: wild } });
    const { near, far } = stage.pair();
    const sent: number[] = [];
    const got: number[] = [];
    const waits: number[] = [];
    far.onMessage = (message) => {
      got.push(message as number);
      waits.push(stage.kernel.now - sent[message as number]!);
    };
    for (let i = 0; i < 500; i++) {
      stage.until(1 + i / 1_000);
      sent.push(stage.kernel.now);
      near.send(i);
    }
    stage.until(10);
    expect(got).toEqual(sent.map((_, i) => i));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...waits)).toBeGreaterThan(10_000);
  });

  it("lets what leaves earlier arrive earlier, though it was handed over later", () => {
    const stage = new Stage();
    const { near } = stage.pair();
    near.send("slow", milliseconds(500));
    near.send("slower", milliseconds(900));
    near.send("quick");
    near.send("medium", milliseconds(500));
    stage.until(2);
    expect(stage.diary).toEqual([
      "0.101 server got quick",
      "0.601 server got slow",
      "0.601 server got medium",
      "1.001 server got slower",
    ]);
  });

  it("keeps what arrives before anybody reads", () => {
    const stage = new Stage();
    stage.run("server", (daemon) =>
      daemon.listen(1, (connection) => {
        connection.send("welcome");
        connection.send("stranger");
      }),
    );
    stage.run("client", (daemon) => {
      daemon.spawn(
        "dial",
        (function* () {
          const connection = yield* daemon.dial({ host: "server", port: 1 });
          connection.onMessage = (message) => stage.say(`client got ${message}`);
        })(),
      );
    });
    stage.until(1);
    expect(stage.diary).toEqual(["0.004 client got welcome", "0.004 client got stranger"]);
  });

  it("that is closed tells the other end after all that was sent, and costs no events while it is idle", () => {
    const stage = new Stage();
    const { near } = stage.pair();
    const before = stage.kernel.events;
    stage.until(3_600);
    expect(stage.kernel.events).toBe(before);
    near.send("last", milliseconds(5));
    near.close();
    near.send("never");
    stage.until(3_700);
    expect(stage.diary).toEqual(["3600.006 server got last", "3600.006 server lost it: closed"]);
    expect(near.open).toBe(false);
  });

  it("ends with RST when the peer's program is killed, which what was still being worked on does not survive", () => {
    const stage = new Stage();
    const { far, server } = stage.pair();
    far.send("on its way");
    far.send("in the works", milliseconds(5));
    server.kill();
    stage.until(10);
    expect(stage.diary).toEqual(["0.101 client got on its way", "0.101 client lost it: reset"]);
  });

  it("ends with FIN when the peer's program exits", () => {
    const stage = new Stage();
    const { server } = stage.pair();
    server.terminate(seconds(1));
    stage.until(10);
    expect(stage.diary).toEqual(["0.101 client lost it: closed"]);
  });
});

describe("a peer whose host crashed", () => {
  it("is a black hole until the ping finds out", () => {
    const stage = new Stage();
    const { near, server } = stage.pair();
    near.send("read");
    stage.until(1);
    server.host.crash();
    stage.until(2);
    near.send("lost");
    stage.until(100);
    // The client last read a frame when it dialed (0.004 s): it pings 30 s later and gives up after another 15 s.
    expect(stage.diary).toEqual(["0.101 server got read", "45.004 client lost it: ping-timeout"]);
  });

  it("answers RST to the next retransmission once it is up again", () => {
    const stage = new Stage();
    const { near, server } = stage.pair();
    server.host.restart(seconds(5));
    near.send("lost");
    stage.until(100);
    // Retransmissions of 0.1 s are at 0.3, 0.7, 1.5, 3.1 and 6.3 s; the host is back at 5.1 s.
    expect(stage.diary).toEqual(["6.302 client lost it: reset"]);
  });

  it("answers RST to a ping when nothing was sent", () => {
    const stage = new Stage();
    const { server } = stage.pair();
    server.host.restart(seconds(5));
    stage.until(100);
    expect(stage.diary).toEqual(["30.006 client lost it: reset"]);
  });

  it("as a client, is found out by the server's keepalive, or at its next probe when it is back", () => {
    const dead = new Stage();
    dead.pair().client.host.crash();
    dead.until(400);
    // Idle since 0.003 s: nine probes, 15 s apart, from 15.003 s on.
    expect(dead.diary).toEqual(["150.003 server lost it: ping-timeout"]);

    const reborn = new Stage();
    reborn.pair().client.host.restart(seconds(60));
    reborn.until(400);
    expect(reborn.diary).toEqual(["75.005 server lost it: reset"]);
  });

  it("does not stop a server with unacknowledged data before tcp_retries2", () => {
    const stage = new Stage();
    const { far, client } = stage.pair();
    client.host.crash();
    far.send("watch event");
    stage.until(2_000);
    expect(stage.diary).toEqual(["924.7 server lost it: retransmission-timeout"]);
  });
});

describe("dialing", () => {
  const attempt = (stage: Stage, limit?: Duration) =>
    stage.run("client", (daemon) => {
      daemon.spawn(
        "dial",
        (function* () {
          try {
            yield* daemon.dial({ host: "server", port: 1 }, limit);
            stage.say("connected");
          } catch (error) {
            stage.say(error instanceof LinkError ? error.failure : "bug");
          }
        })(),
      );
    });

  it("is refused after one round trip where nobody listens", () => {
    const stage = new Stage();
    stage.run("server", () => {});
    attempt(stage);
    stage.until(60);
    expect(stage.diary).toEqual(["0.002 refused"]);
  });

  it("a host that is down fails after 30 s", () => {
    const stage = new Stage();
    stage.host("server");
    attempt(stage);
    stage.until(60);
    expect(stage.diary).toEqual(["30 dial-timeout"]);
  });

  it("tries again after 1, 3, 7 and 15 s", () => {
    const stage = new Stage();
    const host = stage.host("server");
    host.install("program", (daemon) => daemon.listen(1, () => {}));
    attempt(stage);
    stage.until(3.5);
    host.boot();
    stage.until(60);
    expect(stage.diary).toEqual(["7.004 connected"]);
  });

  it("that is given up closes what the server has accepted meanwhile", () => {
    const stage = new Stage();
    const server = stage.run("server", (daemon) =>
      daemon.listen(1, (connection) => {
        connection.onEnd = (failure) => stage.say(`server lost it: ${failure}`);
      }),
    );
    server.pause();
    attempt(stage, seconds(2));
    stage.until(1.9995);
    server.resume();
    stage.until(60);
    expect(stage.diary).toEqual(["2 dial-timeout", "2.001 server lost it: closed"]);
  });
});
