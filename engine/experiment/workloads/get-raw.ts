/** `kubectl get --raw PATH`: the proxy of nodes, pods and services, by its path. Other reads of kubectl are left to the reports. */
import { joinKey } from "../../api/object.ts";
import type { StreamOptions } from "../../api/stream.ts";
import { NAMESPACE, type ObjectName, type Verb } from "./action.ts";
import { Misuse } from "./words.ts";

const NODE = /^\/api\/v1\/nodes\/([^/]+)\/proxy(\/.*)?$/;
const NAMESPACED = /^\/api\/v1\/namespaces\/([^/]+)\/(pods|services)\/(?:(https?):)?([^/:]+)(?::(\w+))?\/proxy(\/.*)?$/;

export const getRaw: Verb = {
  name: "get",
  usage: "get --raw /api/v1/nodes/NAME/proxy/PATH | /api/v1/namespaces/NS/pods|services/[https:]NAME[:PORT]/proxy/PATH",
  flags: [NAMESPACE, { name: "raw" }],
  parse(words) {
    const path = words.text("raw");
    if (path === undefined)
      throw new Misuse("`kubectl get` is not modelled", "leave it out: reports show what it would");
    const { object, stream } = target(path);
    return {
      files: [],
      names: object.kind === "Node" ? [object] : [],
      streams: true,
      run: (_, __, ___, terminal) =>
        terminal.show({
          verb: "get",
          kind: object.kind,
          key: joinKey(object.namespace, object.name),
          subresource: "proxy",
          stream,
        }),
    };
  },
};

function target(path: string): { readonly object: ObjectName; readonly stream: StreamOptions } {
  const node = NODE.exec(path);
  if (node)
    return { object: { kind: "Node", namespace: undefined, name: node[1]! }, stream: { path: node[2] ?? "/healthz" } };
  const match = NAMESPACED.exec(path);
  if (!match)
    throw new Misuse(`nothing is modelled at "${path}"`, "for example `/api/v1/nodes/workers-0/proxy/healthz`");
  const [, namespace, plural, scheme = "http", name, port, rest = "/"] = match;
  const stream = {
    scheme: scheme as "http" | "https",
    path: rest,
    ...(/^\d+$/.test(port ?? "") && { port: Number(port) }),
  };
  return { object: { kind: plural === "pods" ? "Pod" : "Service", namespace, name: name! }, stream };
}
