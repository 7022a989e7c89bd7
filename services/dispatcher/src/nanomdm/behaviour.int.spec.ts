import { describe } from '@jest/globals';
import { conversationContract } from '../commands/conversation.contract.js';
import { serialContract } from '../commands/serial.contract.js';
import { declarationsContract } from '../declarations/declarations.contract.js';
import { statusContract } from '../declarations/status.contract.js';
import { enrollmentContract } from '../enrollment/enrollment.contract.js';
import { livesContract } from '../enrollment/lives.contract.js';
import { Fixture } from '../testing/fixture.js';
import { watchesContract } from '../watches/watches.contract.js';

const start = () => Fixture.besideNanomdm();

describe('beside NanoMDM', () => {
  describe('enrollment', () => enrollmentContract(start));
  describe('lives', () => livesContract(start));
  describe('conversation', () => conversationContract(start));
  describe('serial', () => serialContract(start));
  describe('watches', () => watchesContract(start));
  describe('declarations', () => declarationsContract(start));
  describe('status', () => statusContract(start));
});
