/** One schedule of trouble, a function of its seed: partitions, crashes, pauses, slow disks and loss, while clients write and read. */
import { contradiction } from "./history.ts";
import { REGISTERS, TinyNetwork } from "./tiny-network.ts";

const TROUBLED = 1_200;
const HEALED = 600;

export interface Outcome {
  /** Of the invariants, and of the clients' histories. */
  readonly findings: readonly string[];
  readonly answeredWrites: number;
  readonly answeredReads: number;
  readonly terms: number;
  /** After the heal: a leader, to whom everybody listens, and whose log everybody has. */
  readonly whole: boolean;
}

export function playSchedule(seed: number): Outcome {
  const network = new TinyNetwork(seed, seed % 4 === 0 ? 5 : 3, {
    preVote: seed % 3 !== 0,
    checkQuorum: seed % 5 !== 0,
    resetOnNewTerm: seed % 7 !== 0,
  });
  const { members, random, history } = network;
  let value = 0;
  const client = (): void => {
    if (network.now > TROUBLED + HEALED - 200) return;
    const member = random.pick(members);
    if (random.chance(0.5)) member.write(random.integer(REGISTERS), ++value);
    else member.read(random.integer(REGISTERS));
    network.at(network.now + 1 + random.integer(12), client);
  };
  const trouble = (): void => {
    if (network.now > TROUBLED) return;
    disturb(network);
    network.at(network.now + 10 + random.integer(90), trouble);
  };
  network.at(1, client);
  network.at(100, trouble);
  network.runUntil(TROUBLED);
  heal(network);
  network.runUntil(TROUBLED + HEALED);
  const findings = [...network.findings, ...history.flatMap((each) => contradiction(each) ?? [])];
  const answered = (kind: string) =>
    history.flat().filter((each) => each.kind === kind && each.answered !== undefined).length;
  const leader = members.find(({ raft }) => raft.role === "leader" && raft.id === raft.leader)?.raft;
  const whole =
    leader !== undefined &&
    members.every(({ raft }) => raft.leader === leader.id && raft.log.committed === leader.log.last);
  const terms = Math.max(...members.map(({ raft }) => raft.term));
  return { findings, answeredWrites: answered("write"), answeredReads: answered("read"), terms, whole };
}

function disturb(network: TinyNetwork): void {
  const { members, random, cut } = network;
  const member = random.pick(members);
  const later = (what: () => void): void => network.at(network.now + 5 + random.integer(250), what);
  switch (random.integer(7)) {
    case 0: {
      // Two sides; one way only, now and then.
      const side = random.sample(members, 1 + random.integer(members.length - 1)).map(({ raft }) => raft.id);
      const oneWay = random.chance(0.3);
      const links = members.flatMap(({ raft: { id: to } }) =>
        side.includes(to) ? [] : side.flatMap((from) => (oneWay ? [from * 8 + to] : [from * 8 + to, to * 8 + from])),
      );
      for (const link of links) cut.add(link);
      later(() => {
        for (const link of links) cut.delete(link);
      });
      return;
    }
    case 1:
    case 2: {
      // The leader is the one whose crash tells most.
      const struck = random.chance(0.5)
        ? (members.find(({ raft, up }) => up && raft.role === "leader") ?? member)
        : member;
      if (!struck.up) return;
      struck.crash();
      later(() => struck.boot());
      return;
    }
    case 3:
      if (member.paused) return;
      member.paused = true;
      later(() => member.resume());
      return;
    case 4:
      member.stall = random.integer(80);
      later(() => {
        member.stall = 0;
      });
      return;
    case 5:
      network.loss = random.unit() * 0.3;
      network.delay = 1 + random.integer(30);
      later(() => {
        network.loss = 0;
        network.delay = 4;
      });
      return;
    default: {
      const leader = members.find(({ raft, up, paused }) => up && !paused && raft.role === "leader");
      leader?.raft.transferTo(network.now, member.raft.id);
    }
  }
}

function heal(network: TinyNetwork): void {
  network.cut.clear();
  network.loss = 0;
  network.delay = 4;
  for (const member of network.members) {
    member.stall = 0;
    if (member.paused) member.resume();
    member.boot();
  }
}
