import { Fixture } from '../testing/fixture.js';
import { serialContract } from './serial.contract.js';

serialContract(() => Fixture.start());
