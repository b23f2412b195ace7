import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../engine/base/units.ts";
import type { Process } from "../../engine/kernel/process.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import type { DaemonControl } from "../../engine/world/host.ts";
import { CallError, type Exchange, type RpcClient, rpcClient, rpcServer } from "../../engine/world/rpc.ts";
import { Stage } from "./stage.ts";

interface Rig {
  readonly stage: Stage;
  readonly server: DaemonControl;
  readonly client: DaemonControl;
  readonly daemon: Daemon;
  readonly rpc: RpcClient;
  /** Makes a call and puts its outcome in the diary. */
  call(request: string, limit?: number): void;
}

function rig(serve: (exchange: Exchange, stage: Stage) => void): Rig {
  const stage = new Stage();
  const made = { stage } as { -readonly [K in keyof Rig]: Rig[K] };
  made.server = stage.run("server", (daemon) => rpcServer(daemon, 1, (exchange) => serve(exchange, stage)));
  made.client = stage.run("client", (daemon) => {
    made.daemon = daemon;
    daemon.spawn(
      "dial",
      (function* (): Process {
        made.rpc = rpcClient(daemon, yield* daemon.dial({ host: "server", port: 1 }));
      })(),
    );
  });
  made.call = (request, limit) => {
    made.daemon.spawn(request, calling(made, request, limit));
  };
  stage.until(1);
  return made;
}

function* calling({ stage, rpc }: Rig, request: string, limit: number | undefined): Process {
  try {
    stage.say(`${request}: ${yield* rpc.call(request, limit === undefined ? undefined : seconds(limit))}`);
  } catch (error) {
    stage.say(`${request}: ${error instanceof CallError ? error.failure : "bug"}`);
  }
}

/** Answers `n` after n milliseconds. */
const punctual = (exchange: Exchange) => exchange.reply("ok", milliseconds(Number(exchange.request)));

/** Never answers; says what becomes of the exchange. */
const silent = (exchange: Exchange, stage: Stage) => {
  exchange.onCancel = () => stage.say(`${exchange.request} of ${exchange.peer} cancelled, live ${exchange.live}`);
};

describe("calls over one connection", () => {
  it("are answered in any order", () => {
    const { stage, call } = rig(punctual);
    for (const n of ["300", "100", "200"]) call(n);
    stage.until(2);
    expect(stage.diary).toEqual(["1.102 100: ok", "1.202 200: ok", "1.302 300: ok"]);
  });

  it("that take longer than their limit time out, and the server is told", () => {
    const { stage, call } = rig(silent);
    call("get", 10);
    stage.until(20);
    expect(stage.diary).toEqual(["11 get: timeout", "11.001 get of client cancelled, live false"]);
  });

  it("whose caller is killed are cancelled at the server", () => {
    const { stage, daemon, rpc } = rig(silent);
    const task = daemon.spawn("caller", calling({ stage, rpc } as Rig, "list", undefined));
    stage.until(2);
    task.kill();
    stage.until(3);
    expect(stage.diary).toEqual(["2.001 list of client cancelled, live false"]);
  });

  it("whose answer comes after the limit bring nothing", () => {
    const { stage, call } = rig(punctual);
    call("2000", 1);
    call("500", 1);
    stage.until(10);
    expect(stage.diary).toEqual(["1.502 500: ok", "2 2000: timeout"]);
  });

  it("all fail when the connection ends, and the server's exchanges are cancelled when the client dies", () => {
    const killedServer = rig(silent);
    killedServer.call("a");
    killedServer.call("b");
    killedServer.stage.until(2);
    killedServer.server.kill();
    killedServer.stage.until(3);
    expect(killedServer.rpc.open).toBe(false);
    killedServer.call("c");
    killedServer.stage.until(4);
    expect(killedServer.stage.diary).toEqual(["2.001 a: reset", "2.001 b: reset", "3 c: reset"]);

    const killedClient = rig(silent);
    killedClient.call("a");
    killedClient.call("b");
    killedClient.stage.until(2);
    killedClient.client.kill();
    killedClient.stage.until(3);
    expect(killedClient.stage.diary).toEqual([
      "2.001 a of client cancelled, live false",
      "2.001 b of client cancelled, live false",
    ]);
  });

  it("in flight fail with closed when the client closes", () => {
    const { stage, call, rpc } = rig(silent);
    call("a");
    stage.until(2);
    rpc.close();
    stage.until(3);
    expect(stage.diary).toEqual(["2 a: closed", "2.001 a of client cancelled, live false"]);
  });

  it("wait for a paused server and are served when it goes on", () => {
    const { stage, call, server } = rig(punctual);
    server.pause();
    call("1", 30);
    stage.until(5);
    server.resume();
    stage.until(6);
    expect(stage.diary).toEqual(["5.002 1: ok"]);
  });
});

describe("a stream", () => {
  const counting = (exchange: Exchange) => {
    for (let i = 0; i < 3; i++) exchange.push(i);
    if (exchange.request === "finite") exchange.end();
    if (exchange.request === "last words") exchange.reply("bye");
  };
  const follow = (made: Rig, request: string) => {
    const stream = made.rpc.stream(request, (frame) => made.stage.say(`frame ${frame}`));
    made.daemon.spawn(
      "follow",
      (function* (): Process {
        made.stage.say(`over: ${yield stream.ended}`);
      })(),
    );
    return stream;
  };

  it("brings its frames in order and then its end", () => {
    const made = rig(counting);
    follow(made, "finite");
    made.stage.until(2);
    expect(made.stage.diary).toEqual(["1.002 frame 0", "1.002 frame 1", "1.002 frame 2", "1.002 over: end"]);
  });

  it("may end with a reply", () => {
    const made = rig(counting);
    follow(made, "last words");
    made.stage.until(2);
    expect(made.stage.diary.slice(3)).toEqual(["1.002 frame bye", "1.002 over: end"]);
  });

  it("that is cancelled is over at once; frames under way reach nobody", () => {
    const made = rig((exchange, stage) => {
      silent(exchange, stage);
      exchange.push("late");
    });
    const stream = follow(made, "endless");
    made.stage.until(1.0015);
    stream.cancel();
    made.stage.until(2);
    expect(made.stage.diary).toEqual(["1.0015 over: cancelled", "1.0025 endless of client cancelled, live false"]);
  });

  it("may be cancelled on its last frame, and the others on the connection still learn of its end", () => {
    const { stage, server, rpc, call } = rig((exchange) => {
      if (exchange.request === "watch") exchange.reply("the end");
    });
    call("get");
    const stream = rpc.stream("watch", () => stream.cancel());
    stage.until(2);
    server.kill();
    stage.until(3);
    expect(stream.ended.answer()).toBe("end");
    expect(stage.diary).toEqual(["2.001 get: reset"]);
  });

  it("ends with its connection", () => {
    const made = rig(counting);
    follow(made, "endless");
    made.stage.until(2);
    made.server.host.crash();
    made.stage.until(100);
    expect(made.stage.diary.at(-1)).toBe("46.002 over: ping-timeout");
  });
});

describe("GOAWAY", () => {
  it("lets what is in flight end on its connection, which takes nothing new and closes with the last answer", () => {
    const { stage, rpc, call } = rig((exchange) => {
      if (exchange.request === "last") exchange.goAway();
      exchange.reply("ok", milliseconds(exchange.request === "slow" ? 500 : 100));
    });
    for (const request of ["slow", "last"]) call(request);
    stage.until(1.05);
    expect(rpc.open).toBe(false);
    call("late");
    stage.until(2);
    expect(stage.diary).toEqual(["1.05 late: closed", "1.102 last: ok", "1.502 slow: ok"]);
  });

  it("closes an idle connection at once, and a stream keeps its own", () => {
    const { stage, rpc, server } = rig((exchange) => {
      exchange.push("hello");
      exchange.goAway();
    });
    const stream = rpc.stream("watch", () => {});
    stage.until(2);
    const sockets = () => (server.host as unknown as { sockets: { size: number } }).sockets.size;
    expect([rpc.open, stream.ended.set, sockets()]).toEqual([false, false, 1]);
    stream.cancel();
    stage.until(3);
    expect(sockets()).toBe(0);
  });
});
