import type { Fact } from '@managed-os/contracts';
import type { Impact } from '../preview/impact.js';

/** What a proposed change of the feed would do, in numbers. What every release does, to owe something in time, flips nobody. */
export const assessmentOf = (
  proposalId: string,
  macs: number,
  impacts: readonly Impact[],
): Fact<'ProposalAssessed'> => {
  const count = (is: (impact: Impact) => boolean): number => impacts.filter(is).length;
  return {
    type: 'ProposalAssessed',
    proposalId,
    macs,
    overdue: count(isOverdue),
    earlier: count(isEarlier),
    released: count(isReleased),
    incompatible: count(isIncompatible),
    flipped: count((i) => isOverdue(i) || isEarlier(i) || isReleased(i) || isIncompatible(i)),
    newlyDue: count((i) => i.effects.includes('due') && !isOverdue(i)),
  };
};

const isOverdue = ({ effects }: Impact): boolean => effects.includes('countdown');
const isEarlier = ({ effects }: Impact): boolean => effects.includes('earlier');
const isReleased = ({ effects }: Impact): boolean => effects.includes('released') || effects.includes('later');
const isIncompatible = ({ status, statusBefore }: Impact): boolean =>
  status === 'incompatible' && statusBefore !== 'incompatible';
