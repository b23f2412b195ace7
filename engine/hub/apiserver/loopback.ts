/** The API server as a client of itself: its own requests take the path of everybody's, without a network before it. */
import type { User } from "../../api/wire.ts";

export const LOOPBACK: User = { name: "system:apiserver", groups: ["system:masters"] };
