import { type Command, done, type Outcome, refused, UNCHANGED } from './machine-commands.ts';
import { type Model, PARENTS } from './machine-state.ts';
import { createGroup, drop, fill, judge, submit } from './play-groups.ts';
import { endReleases, keep, move, release, turn } from './play-numbers.ts';
import { buy, cancel, endOverdue, order, rename } from './play-orders.ts';
import { extend, reserve } from './play-reservations.ts';
import { attach, offer, review, setDeadline } from './play-values.ts';

/** Plays one command at `now`; what is refused changes nothing. */
export function play(model: Model, command: Command, now: number): Outcome {
  switch (command.do) {
    case 'credit':
      return credit(model, command);
    case 'reserve':
      return reserve(model, command, now);
    case 'extend':
      return extend(model, command, now);
    case 'order':
      return order(model, command, now);
    case 'buy':
      return buy(model, command, now);
    case 'cancel':
      return cancel(model, command);
    case 'rename':
      return rename(model, command);
    case 'release':
      return release(model, command, now);
    case 'keep':
      return keep(model, command, now);
    case 'assign':
    case 'unassign':
      return move(model, command);
    case 'lock':
    case 'suspend':
      return turn(model, command);
    case 'wait':
      return UNCHANGED;
    case 'work':
      return done(...endOverdue(model, now), ...endReleases(model, now));
    default:
      return playPapers(model, command, now);
  }
}

type Papers = Extract<Command, { do: 'offer' | 'attach' | 'review' | 'deadline' | 'group' | 'fill' | 'submit' | 'drop' | 'judge' }>;

function playPapers(model: Model, command: Papers, now: number): Outcome {
  switch (command.do) {
    case 'offer':
      return offer(model, command);
    case 'attach':
      return attach(model, command, now);
    case 'review':
      return review(model, command, now);
    case 'deadline':
      return setDeadline(model, command, now);
    case 'group':
      return createGroup(model, command);
    case 'fill':
      return fill(model, command);
    case 'submit':
      return submit(model, command, now);
    case 'drop':
      return drop(model, command);
    case 'judge':
      return judge(model, command, now);
  }
}

function credit(model: Model, { account, amountMinor }: Extract<Command, { do: 'credit' }>): Outcome {
  if (PARENTS[account] !== null) return refused('wrong_state');
  model.walletMinor[account] = (model.walletMinor[account] ?? 0) + amountMinor;
  return done('account.credit');
}
