import { expect, it } from "vitest";
import { Cluster } from "../../engine/cluster/cluster.ts";
import { machinesOf } from "../../engine/cluster/machine.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { scenarioOf } from "../stage.ts";

it("the machines that selections are checked against are those that the cluster has", () => {
  const { cluster: spec, rooms } = scenarioOf(
    `
duration: 5m
cluster:
  zones: [a, b]
  controlPlane: { zones: [b, a], apiServers: { replicas: 2 }, controllerManager: { replicas: 3 } }
  nodePools: [{ name: small, count: 3 }, { name: big, count: 2, zones: [b] }]
manifests: [t.yaml]
rooms: [{ thermostat: attic }]`,
    {
      "t.yaml": "apiVersion: orrery.dev/v1alpha1\nkind: Thermostat\nmetadata: { name: attic }\nspec: { target: 20 }\n",
    },
  );
  const { world } = new Cluster(new Kernel({ seed: 1 }), spec, rooms);
  const told = machinesOf(spec, rooms).map(({ daemons, ...place }) => ({ ...place, daemons: [...daemons] }));
  const real = [...world.hosts].map(({ name, region, zone, role, pool, daemons }) => ({
    name,
    region,
    zone,
    role,
    pool,
    daemons: [...daemons.keys()],
  }));
  expect(told).toEqual(real);
});
