/** Two connections as one: what arrives on either leaves on the other, and the end of either is the end of both. What proxies and tunnels are made of. */
import type { Connection } from "./connection.ts";

export function pipe(one: Connection, other: Connection): void {
  forward(one, other);
  forward(other, one);
}

function forward(from: Connection, to: Connection): void {
  from.attach({
    received: (message) => to.send(message),
    ended: () => to.close(),
  });
  if (!from.open) to.close();
}
