import { describe, expect, it } from "vitest";
import { RUNTIME } from "../../engine/experiment/scenario/defaults.ts";
import { kubelet } from "../../engine/node/kubelet.ts";
import { ContainerRuntime } from "../../engine/node/runtime.ts";
import type { KubeletSettings } from "../../engine/node/settings.ts";
import { HUB } from "../control/controllers/hub-server.ts";
import { Stage } from "../world/stage.ts";
import { DESCRIPTION, SETTINGS } from "./machine.ts";

/** The connections that a kubelet makes to a server which never answers. */
function connections(heartbeatConnection: KubeletSettings["heartbeatConnection"]): number {
  const stage = new Stage();
  let count = 0;
  stage.run("hub", (daemon) =>
    daemon.listen(HUB.port, () => {
      count++;
    }),
  );
  const runtime = new ContainerRuntime(RUNTIME);
  const settings = { ...SETTINGS, heartbeatConnection };
  stage.run("n1", kubelet({ settings, node: DESCRIPTION, servers: [HUB], rules: [], runtime }));
  stage.until(5);
  return count;
}

describe("the heartbeats of a kubelet", () => {
  it("have a connection of their own, so that one which hangs does not take the other with it", () => {
    expect(connections("own")).toBe(2);
  });

  it("share the connection of everything else where they are told to", () => {
    expect(connections("shared")).toBe(1);
  });
});
