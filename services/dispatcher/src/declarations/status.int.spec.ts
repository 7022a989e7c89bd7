import { Fixture } from '../testing/fixture.js';
import { statusContract } from './status.contract.js';

statusContract(() => Fixture.start());
