import { choice, integer, texts } from './setting.ts';

/** As the domain reads failover rules; the configuration imports nothing of it. */
const isStatus = (value: string): boolean => /^[3-6](?:[0-9]{2}|xx)$/.test(value);

/** What the platform says of failover where gateways and trunk groups say nothing. */
export const sipFailover = {
  firstResponseTimeoutMs: integer('How long a target may stay silent before the next is tried, in milliseconds.', 50, 60_000),
  failoverAttemptsMax: integer('Targets one call may try.', 1, 100),
  failoverNextOn: texts(
    'Statuses upon which the next target is tried, beside those that are so anyway.',
    'statuses such as 486 or 5xx',
    isStatus,
  ),
  failoverFinalOn: texts('Statuses that end the search, beside those that do so anyway.', 'statuses such as 403 or 5xx', isStatus),
  failoverAfterRing: choice(
    'What follows when nobody answers in time: the next target, the answer, or the former inbound and the latter outbound.',
    ['next', 'final', 'by_direction'],
  ),
  failoverNoResponse: choice('What follows when a target says nothing at all: the next target, or the answer.', ['next', 'final']),
  failoverAfterEarlyMedia: choice('What follows when a target fails after the caller has heard its early media.', ['final', 'next']),
  failoverRedirect: choice('What a redirect (3xx) is: a failure of that target, or more targets, followed within bounds.', [
    'next',
    'follow',
  ]),
  earlyMedia: choice('Whose early media a caller hears: that of the last target, of the first who sends some, or nobody’s.', [
    'last',
    'first',
    'never',
  ]),
};
