import type pg from 'pg';
import type { Registry } from 'prom-client';
import type { RoutingPlane } from '../app/ports/plane.ts';
import type { AgentRegistry } from '../app/ports/routing.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { systemFigures } from '../metrics/observers.ts';
import { countNumbers } from '../store/count-numbers.ts';

interface FiguresDeps {
  readonly registry: Registry;
  readonly pool: pg.Pool;
  readonly plane: RoutingPlane;
  readonly agents: AgentRegistry;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

const PLANE_LOOK_MS = 1000;
/** The count reads every live number: once a minute is often enough for a figure that people plot by the day. */
const NUMBERS_LOOK_MS = 60_000;

/** Keeps the figures of the whole system up to date: the plane, the agents, the numbers. Every worker tells the same. */
export function startFigures({ registry, pool, plane, agents, lifecycle, log }: FiguresDeps): void {
  const figures = systemFigures(registry);
  const look = async (): Promise<boolean> => {
    try {
      figures.planeReady((await plane.readPlane()).status === 'ready');
      figures.agents(await agents.list());
    } catch (error) {
      // A Redis that does not answer holds no record that a call could be let in by.
      figures.planeReady(false);
      throw error;
    }
    return false;
  };
  const count = async (): Promise<boolean> => {
    figures.numbers(await countNumbers(pool));
    return false;
  };
  lifecycle.add(startLoop({ name: 'plane figures', intervalMs: PLANE_LOOK_MS, log, run: look }));
  lifecycle.add(startLoop({ name: 'number figures', intervalMs: NUMBERS_LOOK_MS, log, run: count }));
}
