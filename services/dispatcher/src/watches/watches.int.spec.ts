import { Fixture } from '../testing/fixture.js';
import { watchesContract } from './watches.contract.js';

watchesContract(() => Fixture.start());
