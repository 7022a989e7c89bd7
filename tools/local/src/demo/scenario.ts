import { type Instant, parseInstant } from '@managed-os/kernel';

/** What is played, as data: the world at its beginning, what an admin sets up, who is there, and how each Mac has to end. */
export interface Scenario {
  readonly name: string;
  /** For a person who chooses one. */
  readonly about: string;
  readonly beginning: Instant;
  /** Whoever is not there by then does not get there. */
  readonly end: Instant;
  /** As the Macs come to know them: what Apple offers at the beginning, and what appears on the way. */
  readonly releases: readonly ScenarioRelease[];
  /** The builds of the versions that Macs begin on. */
  readonly builds: Readonly<Record<string, string>>;
  readonly items: Readonly<Record<string, ScenarioItem>>;
  readonly groups: Readonly<Record<string, ScenarioGroup>>;
  /** In this order, so that a small fleet meets every kind too; a larger one begins again. */
  readonly cast: readonly CastMac[];
}

export interface ScenarioRelease {
  readonly version: string;
  readonly build: string;
  readonly released: string;
  readonly sizeMb: number;
  /** Until then Apple goes on offering it beside newer ones. */
  readonly withdrawn?: string;
}

/** What is saved in the Library. */
export interface ScenarioItem {
  readonly name: string;
  readonly os: string;
  readonly enforcement: object;
}

/** A Blueprint, and how its Macs end unless a Mac says otherwise. */
export interface ScenarioGroup {
  readonly blueprint: string;
  /** Keys of `items`. */
  readonly items: readonly string[];
  readonly ends: Ending;
}

export interface Ending {
  /** The lowest version that counts as there. */
  readonly goal: string;
  /** The versions that the Mac installs, in order, each once. */
  readonly installs: readonly string[];
}

export interface CastMac {
  /** A key of `groups`. */
  readonly group: string;
  readonly model: string;
  readonly board: string;
  readonly version: string;
  readonly zone: string;
  /** `null`: it cannot get there, and installs nothing. */
  readonly ends?: Ending | null;
  /** What the fleet file says of it besides (tools/virtual-mac). */
  readonly traits?: Readonly<Record<string, unknown>>;
}

/** Throws for what is no instant. */
export const at = (text: string): Instant => {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`not an instant: ${text}`);
  return instant;
};
