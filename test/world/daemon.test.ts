import { describe, expect, it } from "vitest";
import { inSeconds, milliseconds, seconds } from "../../engine/base/units.ts";
import { type Process, sleep } from "../../engine/kernel/process.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import { Stage } from "./stage.ts";

/** Says when it starts, ticks each second on its own clock, and says when its process is torn down. */
function ticker(stage: Stage): (daemon: Daemon) => void {
  return (daemon) => {
    stage.say("started");
    daemon.spawn(
      "tick",
      (function* (): Process {
        try {
          for (;;) {
            yield* sleep(seconds(1));
            stage.say("tick");
          }
        } finally {
          stage.say("torn down");
        }
      })(),
    );
  };
}

describe("a daemon", () => {
  it("that is killed runs its finally blocks, stays down, and starts anew when told", () => {
    const stage = new Stage();
    const daemon = stage.run("host", ticker(stage));
    stage.until(1.5);
    daemon.kill();
    expect(daemon.state).toBe("stopped");
    stage.until(10);
    daemon.start();
    daemon.start();
    stage.until(11.5);
    expect(stage.diary).toEqual(["0 started", "1 tick", "1.5 torn down", "10 started", "11 tick"]);
    expect(daemon.lives).toBe(2);
  });

  it("that exits is started again by its supervisor after the restart delay, until it is killed", () => {
    const stage = new Stage();
    const daemon = stage.run("host", (life) => {
      stage.say("started");
      life.after(seconds(2), () => life.exit("lost the lease"));
    });
    stage.until(5.5);
    expect(stage.diary).toEqual(["0 started", "3 started"]);
    daemon.kill();
    stage.until(100);
    expect(stage.diary.length).toBe(2);
  });

  it("has its own restart delay where the host was told one", () => {
    const stage = new Stage();
    const host = stage.host("host");
    const software = (life: Daemon) => {
      stage.say("started");
      life.after(seconds(2), () => life.exit("done"));
    };
    host.install("program", software, { restartDelay: seconds(10) });
    host.boot();
    stage.until(13);
    expect(stage.diary).toEqual(["0 started", "12 started"]);
  });

  it("that is terminated winds up first, and is killed when the grace is over", () => {
    const stage = new Stage();
    const software = (wind: number) => (life: Daemon) => {
      life.onTerminate(function* () {
        stage.say(`${life.host.name} winds up`);
        yield* sleep(seconds(wind));
        stage.say(`${life.host.name} is done`);
      });
    };
    const quick = stage.run("quick", software(2));
    const slow = stage.run("slow", software(20));
    quick.terminate(seconds(5));
    slow.terminate(seconds(5));
    stage.until(4);
    expect([quick.state, slow.state]).toEqual(["stopped", "running"]);
    stage.until(100);
    expect([quick.state, slow.state]).toEqual(["stopped", "stopped"]);
    expect(stage.diary).toEqual(["0 quick winds up", "0 slow winds up", "2 quick is done"]);
  });

  it("that is paused lets all that came due happen at once when it goes on", () => {
    const stage = new Stage();
    const { near, server } = stage.pair();
    stage.until(1);
    server.pause();
    expect(server.state).toBe("paused");
    near.send("one");
    stage.until(3);
    near.send("two");
    stage.until(5);
    expect(stage.diary).toEqual([]);
    server.resume();
    near.send("three");
    stage.until(100);
    expect(stage.diary).toEqual(["5 server got one", "5 server got two", "5.001 server got three"]);
  });

  it("that is paused longer than its client's ping waits loses the connection, and learns it when it goes on", () => {
    const stage = new Stage();
    const { near, server } = stage.pair();
    stage.until(1);
    server.pause();
    near.send("never read in time");
    stage.until(60);
    server.resume();
    stage.until(100);
    expect(stage.diary).toEqual([
      "45.004 client lost it: ping-timeout",
      "60 server got never read in time",
      "60 server lost it: closed",
    ]);
  });

  it("that was paused itself while the network was cut does not blame the connection", () => {
    const stage = new Stage();
    const { near, client, server } = stage.pair();
    client.pause();
    const heal = stage.world.network.partition([client.host], [server.host]);
    stage.until(90);
    heal();
    stage.until(100);
    client.resume();
    near.send("back again");
    stage.until(200);
    expect(stage.diary).toEqual(["100.001 server got back again"]);
  });

  it("that goes on after a pause waits in full for a timer that something due before it has set anew", () => {
    const stage = new Stage();
    const daemon = stage.run("host", (life) => {
      const alarm = life.after(seconds(2), () => stage.say("alarm"));
      life.after(seconds(1), () => alarm.set(seconds(10)));
    });
    daemon.pause();
    stage.until(5);
    daemon.resume();
    stage.until(100);
    expect(stage.diary).toEqual(["15 alarm"]);
  });

  it("draws afresh in each life, and in a new one of the same run the same", () => {
    const draws = () => {
      const stage = new Stage();
      const seen: string[] = [];
      const daemon = stage.run("host", (life) => void seen.push(life.random("id").uuid(), life.keyed("id").uuid()));
      daemon.kill();
      daemon.start();
      return seen;
    };
    expect(new Set(draws()).size).toBe(4);
    expect(draws()).toEqual(draws());
  });

  it("offers gauges for as long as it lives", () => {
    const stage = new Stage();
    const daemon = stage.run("host", (life) => life.gauge("depth", () => 3));
    expect([...daemon.gauges].map(([name, read]) => [name, read()])).toEqual([["depth", 3]]);
    daemon.kill();
    expect(daemon.gauges.size).toBe(0);
  });
});

describe("a host", () => {
  it("that crashes loses its programs and keeps its disk", () => {
    const stage = new Stage();
    const daemon = stage.run("host", (life) => {
      const boots = ((life.disk.files.get("boots") as number | undefined) ?? 0) + 1;
      life.disk.files.set("boots", boots);
      ticker(stage)(life);
    });
    stage.until(0.5);
    daemon.host.restart(seconds(3));
    expect(daemon.host.up).toBe(false);
    daemon.start();
    stage.until(5);
    expect(stage.diary).toEqual(["0 started", "0.5 torn down", "3.5 started", "4.5 tick"]);
    expect(daemon.host.disk.files.get("boots")).toBe(2);
  });

  it("that shuts down waits for its programs, and no longer than the grace", () => {
    const stage = new Stage();
    const winding = (wind: number) => (life: Daemon) => life.onTerminate(() => sleep(seconds(wind)));
    const host = stage.host("host");
    host.install("plain", () => {});
    host.install("winding", winding(3));
    host.boot();
    host.shutdown(seconds(10));
    stage.until(2.9);
    expect(host.up).toBe(true);
    stage.until(3.1);
    expect(host.up).toBe(false);
    host.boot();
    host.shutdown(seconds(1));
    stage.until(4.2);
    expect(host.up).toBe(false);
  });
});

describe("a host's clock", () => {
  const clocked = (offset: number, ratePpm: number) => {
    const stage = new Stage();
    const host = stage.host("host", { clock: { offset: milliseconds(offset), ratePpm } });
    let life: Daemon | undefined;
    host.install("program", (daemon) => {
      life = daemon;
      ticker(stage)(daemon);
    });
    host.boot();
    stage.diary.length = 0;
    return { stage, host, life: life! };
  };

  it("shows true time through offset and rate, and times sleeps", () => {
    const { stage, life } = clocked(-500, 250_000);
    expect(inSeconds(life.now())).toBe(-0.5);
    stage.until(4);
    expect(inSeconds(life.now())).toBe(4.5);
    expect(stage.diary).toEqual(["0.8 tick", "1.6 tick", "2.4 tick", "3.2 tick", "4 tick"]);
  });

  it("that is stepped shows it and moves no timer", () => {
    const { stage, host, life } = clocked(0, 0);
    stage.until(1.5);
    host.clock.step(seconds(3_600));
    expect(inSeconds(life.now())).toBe(3_601.5);
    expect(inSeconds(life.monotonic())).toBe(1.5);
    expect(inSeconds(host.clock.offset)).toBe(3_600);
    stage.until(2.5);
    expect(stage.diary).toEqual(["1 tick", "2 tick"]);
  });

  it("that changes its rate re-times what is armed", () => {
    const { stage, host, life } = clocked(0, 0);
    life.after(seconds(10), () => stage.say("alarm"));
    stage.until(0.5);
    host.clock.setRatePpm(-500_000); // half speed: half a second left takes a whole one
    stage.until(4);
    expect(inSeconds(life.now())).toBe(0.5 + 3.5 / 2);
    host.clock.setRatePpm(0);
    stage.until(12.5);
    expect(inSeconds(life.now())).toBe(10.75);
    expect(stage.diary.slice(0, 3)).toEqual(["1.5 tick", "3.5 tick", "4.75 tick"]);
    expect(stage.diary).toContain("11.75 alarm");
  });
});
