import type { Redis } from 'ioredis';

/**
 * Fails each command that has no answer after `ms`. The library's own limit strikes before what came in meanwhile is read: timers come
 * first in a turn of the event loop, sockets after them, so a stall of this process would make every answer late that has long been
 * here, and one second without a core would be an outage of Redis. What is read in the same turn is in time.
 */
export function limitAnswers(redis: Redis, ms: number): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const giveUp = (): void => {
      if (!command.isSettled) command.reject(new Error('Command timed out'));
    };
    const timer = setTimeout(() => setImmediate(giveUp), ms);
    const stop = (): void => clearTimeout(timer);
    command.promise.then(stop, stop);
    return send(command, stream);
  };
}
