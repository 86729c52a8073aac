import { type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

type Connect = SentinelConnector['connect'];

/**
 * Asks the Sentinels for the primary at every connect. The library goes on listening for a failover behind a connection that broke by
 * itself, and such news, coming while the Sentinels are asked, ends the connection for good: the process would be without Redis until
 * its next start. Whoever asks is told of the new primary anyway, so what listens is ended first.
 */
export class PrimaryFinder extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override connect(tell: Parameters<Connect>[0]): ReturnType<Connect> {
    this.disconnect();
    return super.connect(tell);
  }
}
