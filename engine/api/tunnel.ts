/**
 * What travels through a Konnectivity tunnel, between an API server, the proxy server beside it, and the agents on the nodes (sigs.k8s.io
 * apiserver-network-proxy `konnectivity-client/proto`). Data is carried as it is.
 */

/** Where agents dial in, and where the API server of the same machine asks (a Unix socket, in fact). */
export const AGENT_PORT = 8132;
export const FRONTEND_PORT = 8131;

/** The first message of a connection from the API server: where to, and what the far end shall see in the handshake. */
export interface TunnelRequest {
  readonly host: string;
  readonly port: number;
  readonly shows: unknown;
}

/** The first answer: what is at the far end, or why it could not be reached. */
export type TunnelAnswer =
  | { readonly remote: string; readonly shown: unknown }
  | { readonly failure: "unavailable" | "refused" | "dial-timeout" };

/** Between proxy server and agent, many tunnels over one connection. */
export type TunnelPacket =
  | { readonly id: number; readonly dial: TunnelRequest }
  | { readonly id: number; readonly answer: TunnelAnswer }
  | { readonly id: number; readonly data: unknown }
  | { readonly id: number; readonly close: true };
